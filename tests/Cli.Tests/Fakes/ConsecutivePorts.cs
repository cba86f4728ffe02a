using Splitstream.Cli.Up;

namespace Splitstream.Cli.Tests.Fakes;

/// <summary>
/// Runs of free loopback ports for servers of a test. They lie below the ports that systems hand out by themselves: between the choice and
/// the start, an outgoing connection of some neighbour would otherwise take one of them now and then.
/// </summary>
public static class ConsecutivePorts
{
    private const int Begin = 15_000;
    private const int End = 32_000;
    private const int Run = UpOptions.MostNodes;

    /// <summary>Test processes that run at the same time begin at different places.</summary>
    private static int _next = Environment.ProcessId;

    /// <summary>The first of so many consecutive ports that are free now, 1 to 16; no other test of this process is given them soon.</summary>
    public static int Free(int count)
    {
        while (true)
        {
            var first = Begin + ((Interlocked.Increment(ref _next) & int.MaxValue) % ((End - Begin) / Run) * Run);
            if (Enumerable.Range(first, count).All(Ports.IsFree))
            {
                return first;
            }
        }
    }
}
