using System.Runtime.InteropServices;

namespace Splitstream.Testing.Faults;

/// <summary>What an operating system does to processes without asking them.</summary>
public static class ProcessSignals
{
    private const int SigKill = 9;
    private const int SigContinue = 18;
    private const int SigStop = 19;

    /// <summary>Ends a process with SIGKILL: no handler runs, nothing is flushed.</summary>
    public static void Kill(int processId) => Send(processId, SigKill);

    /// <summary>Freezes a process with SIGSTOP: its connections stay open and nothing answers.</summary>
    public static void Freeze(int processId) => Send(processId, SigStop);

    /// <summary>Lets a frozen process go on with SIGCONT; for it no time has passed but on the clocks.</summary>
    public static void Thaw(int processId) => Send(processId, SigContinue);

    private static void Send(int processId, int signal)
    {
        // 0, 1 and negative numbers mean groups, the first process, or everybody.
        ArgumentOutOfRangeException.ThrowIfLessThan(processId, 2);
        if (SendSignal(processId, signal) != 0)
        {
            throw new InvalidOperationException(
                $"Signal {signal} to process {processId} failed with error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);
}
