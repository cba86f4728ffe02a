namespace Splitstream.Storage.Database;

/// <summary>Times as the database keeps them: microseconds. An answer with more digits would differ from the next reading of the same row.</summary>
public static class DatabaseTime
{
    /// <summary>Now, cut to whole microseconds.</summary>
    public static DateTimeOffset GetMicros(this TimeProvider time) => time.GetUtcNow().ToMicros();

    /// <summary>In UTC, cut to whole microseconds.</summary>
    public static DateTimeOffset ToMicros(this DateTimeOffset at) =>
        new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
