namespace Splitstream.Cli.Tests.Fakes;

/// <summary>What one command line wrote and answered.</summary>
public sealed record Captured(int ExitCode, string Out, string Error)
{
    /// <summary>Runs a command line in this process, with both streams captured.</summary>
    public static async Task<Captured> RunAsync(Checkout checkout, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default, TimeProvider? time = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        // Progress is written from several threads.
        var terminal = new Terminal(TextWriter.Synchronized(output), TextWriter.Synchronized(error), false, false, time ?? TimeProvider.System);
        var exitCode = await new CommandLine(checkout, terminal).RunAsync(arguments, cancellationToken);
        return new Captured(exitCode, output.ToString(), error.ToString());
    }

    public override string ToString() => $"exit code {ExitCode}\n--- out\n{Out}\n--- error\n{Error}";
}
