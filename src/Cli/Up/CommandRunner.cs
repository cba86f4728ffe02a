using System.Diagnostics;

namespace Splitstream.Cli.Up;

/// <summary>What an external command answered.</summary>
/// <param name="ExitCode">Zero means success.</param>
/// <param name="Output">Standard output and standard error, in the order they were read.</param>
public sealed record CommandResult(int ExitCode, string Output);

/// <summary>Runs short external commands and starts long-lived ones that outlive this process.</summary>
public static class CommandRunner
{
    /// <summary>Variables that would lead PostgreSQL's programs to another cluster.</summary>
    private static readonly string[] RemovedVariables = ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGOPTIONS", "PGSERVICE"];

    /// <summary>
    /// Closes every inherited descriptor, opens the log, leaves the terminal's session and becomes the program. A
    /// descriptor left open would keep the reader of a caller's pipe waiting for ever.
    /// </summary>
    private const string DetachScript =
        "log=$1; shift; for f in /proc/self/fd/*; do n=${f##*/}; case $n in 0|1|2) ;; *) eval \"exec $n>&-\" ;; esac; done; " +
        "exec setsid \"$@\" </dev/null >>\"$log\" 2>&1";

    /// <summary>Runs a command to its end without standard input.</summary>
    public static async Task<CommandResult> RunAsync(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment, CancellationToken cancellationToken)
    {
        var start = StartInfo(command, environment);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Start(start);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new CommandResult(process.ExitCode, (await output + await error).Trim());
    }

    /// <summary>Starts a program in a session of its own, with its output appended to <paramref name="logFile"/>.</summary>
    public static Process StartDetached(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string logFile) =>
        Start(StartInfo(["bash", "-c", DetachScript, "splitstream", logFile, .. command], environment));

    private static ProcessStartInfo StartInfo(IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment)
    {
        // The database's user may be unable to enter the current directory.
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = "/" };
        foreach (var name in RemovedVariables)
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new CliException($"{start.FileName} did not start.");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CliException($"{start.FileName} could not be started: {e.Message}");
        }
    }
}
