using System.Diagnostics;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>A program that was run to its end.</summary>
internal sealed record Command(string Line, int ExitCode, string Output)
{
    /// <summary>Far beyond what any program here takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<Command> RunAsync(IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{string.Join(' ', command)} did not end within {Patience.TotalMinutes} minutes.");
        }

        return new Command(string.Join(' ', command), process.ExitCode, await output + await errors);
    }

    /// <summary>What a program printed that must have succeeded.</summary>
    public static async Task<string> SucceedAsync(params string[] command)
    {
        var run = await RunAsync(command);
        return run.ExitCode == 0 ? run.Output : throw new InvalidOperationException(run.ToString());
    }

    public override string ToString() => $"{Line}\nended with {ExitCode}\n{Output}";
}
