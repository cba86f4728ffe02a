namespace Splitstream.Grains.Analysis;

/// <summary>When looks are due. Pure; every server over one database comes to the same answer from the last committed look.</summary>
public static class LookSchedule
{
    /// <summary>When the next look is due, whether or not that is past.</summary>
    /// <param name="anchor">When the last look was due; the start of the experiment before the first.</param>
    public static DateTimeOffset Next(DateTimeOffset anchor, TimeSpan cadence) => anchor + cadence;

    /// <summary>
    /// The look that is due now, or null. When several became due since the last one, they collapse into the latest; the others are missed.
    /// </summary>
    public static DueLook? Due(DateTimeOffset anchor, TimeSpan cadence, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(cadence, TimeSpan.Zero);
        var intervals = (now - anchor).Ticks / cadence.Ticks;
        return intervals < 1
            ? null
            : new DueLook(anchor + (cadence * intervals), (int)Math.Min(intervals - 1, int.MaxValue));
    }
}

/// <param name="ScheduledAt">When the look was due.</param>
/// <param name="Missed">Looks due between the last one and this one.</param>
public sealed record DueLook(DateTimeOffset ScheduledAt, int Missed);
