using System.Globalization;

namespace Splitstream.Cli.Up;

/// <summary>
/// One process, told apart from a later one with the same number by its start time. A number alone would make
/// `down` stop a stranger after a reboot.
/// </summary>
/// <param name="Id">The process id.</param>
/// <param name="StartTicks">Start time in clock ticks since boot, field 22 of /proc/ID/stat.</param>
public sealed record ProcessIdentity(int Id, long StartTicks)
{
    private static readonly TimeSpan ReapPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>The process that now has this number; null when there is none or only its exit status is left.</summary>
    public static ProcessIdentity? Of(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            // The name in parentheses may hold spaces and parentheses; what follows the last one is regular.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            // A zombie waits for its parent and runs nothing.
            return fields[0] is "Z" or "X" ? null : new ProcessIdentity(id, long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether this very process still runs.</summary>
    public bool IsAlive => Of(Id) == this;

    /// <summary>Sends a signal if the process is still this one.</summary>
    public void Signal(int signal)
    {
        if (IsAlive)
        {
            Posix.Signal(Id, signal);
        }
    }

    /// <summary>Waits until the process is gone.</summary>
    /// <returns>False when it still runs after <paramref name="patience"/>.</returns>
    public async Task<bool> WaitForEndAsync(TimeSpan patience, TimeProvider time)
    {
        var started = time.GetTimestamp();
        while (IsAlive)
        {
            if (time.GetElapsedTime(started) > patience)
            {
                return false;
            }

            await Task.Delay(PollInterval, time);
        }

        // The entry of an ended process stays until its parent, often the machine's first process, takes note.
        var ended = time.GetTimestamp();
        while (Directory.Exists($"/proc/{Id}") && time.GetElapsedTime(ended) < ReapPatience)
        {
            await Task.Delay(PollInterval, time);
        }

        return true;
    }
}
