namespace Splitstream.Cli.Up;

/// <summary>At most one `up` or `down` works on a data folder; the system releases the lock when its process dies.</summary>
public static class UpLock
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Takes the lock.</summary>
    /// <returns>The lock, to be disposed of; null when another process holds it.</returns>
    public static IDisposable? TryTake(DataFolder data)
    {
        try
        {
            return new FileStream(data.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    /// <summary>Waits for the lock.</summary>
    /// <returns>Null when it is still held after <paramref name="patience"/>.</returns>
    public static async Task<IDisposable?> TakeAsync(DataFolder data, TimeSpan patience, TimeProvider time)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (TryTake(data) is { } taken)
            {
                return taken;
            }

            if (time.GetElapsedTime(started) > patience)
            {
                return null;
            }

            await Task.Delay(PollInterval, time);
        }
    }
}
