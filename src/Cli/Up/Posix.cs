using System.Runtime.InteropServices;

namespace Splitstream.Cli.Up;

/// <summary>The few calls of libc that .NET does not offer.</summary>
internal static class Posix
{
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int Terminate = 15;

    /// <summary>Whether this process runs as root.</summary>
    public static bool IsRoot => GetEffectiveUserId() == 0;

    /// <summary>Sends a signal; a process that is gone already is no error.</summary>
    public static void Signal(int processId, int signal) => _ = SendSignal(processId, signal);

    /// <summary>Hands a file or folder to another user; only root may.</summary>
    /// <exception cref="CliException">The system refused.</exception>
    public static void ChangeOwner(string path, uint userId, uint groupId)
    {
        if (SetOwner(path, userId, groupId) != 0)
        {
            throw new CliException($"{path} could not be given to user {userId}: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [DllImport("libc", EntryPoint = "geteuid")]
    private static extern uint GetEffectiveUserId();

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);

    [DllImport("libc", EntryPoint = "chown", SetLastError = true)]
    private static extern int SetOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint userId, uint groupId);
}
