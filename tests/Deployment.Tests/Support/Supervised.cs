using System.Diagnostics;

namespace Splitstream.Deployment.Tests.Support;

/// <summary>A program in the background that ends with this process, even when that is killed: a shell beside it sees its input close.</summary>
internal sealed class Supervised : IAsyncDisposable
{
    private const int Terminate = 15;

    // The program takes the shell's place and number. Told "ended", the shell beside it leaves the number alone, which is free by then.
    private const string Script =
        """
        exec 3<&0
        (read -r order <&3 || kill -KILL $$) >/dev/null 2>&1 &
        exec "$@" 3<&- </dev/null >>"$SUPERVISED_LOG" 2>&1
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private Supervised(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    public static Supervised Start(IReadOnlyList<string> command, string log, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("sh", ["-c", Script, "sh", .. command]) { RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        start.Environment["SUPERVISED_LOG"] = log;
        return new Supervised(Process.Start(start)!);
    }

    /// <summary>Complete when it has ended by itself or was killed.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Sends a signal and waits; ends it with SIGKILL when that takes longer than <paramref name="patience"/>.</summary>
    public async Task StopAsync(int signal = Terminate, TimeSpan? patience = null)
    {
        if (!_process.HasExited)
        {
            // The one that every shell has within it: a small system has no other.
            await Tool.RunAsync("sh", "-c", $"kill -{signal} {Id}");
            using var waited = new CancellationTokenSource(patience ?? Patience);
            try
            {
                await _process.WaitForExitAsync(waited.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
                await _process.WaitForExitAsync();
            }
        }

        try
        {
            await _process.StandardInput.WriteLineAsync("ended");
        }
        catch (IOException)
        {
            // The shell beside it has ended too.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }
}
