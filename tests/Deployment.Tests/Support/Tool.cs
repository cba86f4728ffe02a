using System.Diagnostics;

namespace Splitstream.Deployment.Tests.Support;

/// <summary>A program that was run to its end.</summary>
internal sealed record Tool(string Line, int ExitCode, string Output, string Errors)
{
    /// <summary>Far beyond what any of them takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Where programs are that PATH may not name: those for administrators, and those that tests/run unpacks.</summary>
    private static readonly string[] Folders =
    [
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        "/usr/sbin", "/sbin", Sources.PathOf("artifacts/tools"),
    ];

    public bool IsOk => ExitCode == 0;

    /// <summary>The full path of a program.</summary>
    /// <exception cref="InvalidOperationException">It is missing; that is a failure, never a reason to skip.</exception>
    public static string Find(string program) =>
        Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"The program '{program}' is missing; tests/run installs it.");

    public static Task<Tool> RunAsync(string program, params string[] arguments) => RunAsync([program, .. arguments]);

    /// <param name="folder">Where it runs; null for where the tests do.</param>
    public static async Task<Tool> RunAsync(
        IReadOnlyList<string> command, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Find(command[0]), command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
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
            throw new TimeoutException($"{string.Join(' ', command)} did not end.");
        }

        return new Tool(string.Join(' ', command), process.ExitCode, await output, await errors);
    }

    /// <summary>What a program printed that must have succeeded.</summary>
    public static async Task<string> SucceedAsync(params string[] command)
    {
        var run = await RunAsync(command);
        return run.IsOk ? run.Output : throw new InvalidOperationException(run.ToString());
    }

    public override string ToString() => $"{Line}\nended with {ExitCode}\n{Output}{Errors}";
}
