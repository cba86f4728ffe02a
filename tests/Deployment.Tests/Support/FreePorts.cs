using System.Net.NetworkInformation;

namespace Splitstream.Deployment.Tests.Support;

/// <summary>Loopback ports for servers of a test, below those that systems hand out by themselves.</summary>
internal static class FreePorts
{
    private const int Begin = 10_100;
    private const int End = 14_900;

    private static int _next = Environment.ProcessId * 37;

    public static int Next()
    {
        while (true)
        {
            var port = Begin + ((Interlocked.Increment(ref _next) & int.MaxValue) % (End - Begin));
            if (IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().All(listener => listener.Port != port)) return port;
        }
    }
}
