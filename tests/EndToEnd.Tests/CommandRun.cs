using System.Diagnostics;
using System.Text.Json;

namespace Splitstream.EndToEnd.Tests;

/// <summary>A command that was run to its end, as a person or a script would run it.</summary>
public sealed record CommandRun(string Command, int ExitCode, string Out, string Error)
{
    /// <summary>Far beyond what any command here takes; a command that hangs fails its test and says which it was.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <summary>Variables of the person running the tests that would lead the commands to another server.</summary>
    private static readonly string[] RemovedVariables = ["SPLITSTREAM_URL", "SPLITSTREAM_KEY", "SPLITSTREAM_ROOT"];

    /// <param name="input">What the command reads from standard input; nothing by default.</param>
    public static async Task<CommandRun> RunAsync(
        IReadOnlyList<string> command, string folder, IReadOnlyDictionary<string, string>? environment = null, string input = "")
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var name in RemovedVariables)
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
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

        return new CommandRun(string.Join(' ', command), process.ExitCode, await output, await error);
    }

    /// <summary>The standard output of a command that must have succeeded.</summary>
    public string Succeeded()
    {
        Assert.True(ExitCode == 0, ToString());
        return Out;
    }

    /// <summary>The JSON document that a successful command printed.</summary>
    public JsonElement Json() => JsonDocument.Parse(Succeeded()).RootElement;

    public override string ToString() => $"{Command}\nended with {ExitCode}\n{Out}\n{Error}";
}
