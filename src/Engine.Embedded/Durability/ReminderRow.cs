using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>A stored reminder. Its ticks are <see cref="StartAt"/> (UTC) plus whole multiples of <see cref="Period"/>.</summary>
internal sealed record ReminderRow(string GrainType, string GrainKey, string Name, DateTime StartAt, TimeSpan Period, Guid Etag) : IGrainReminder
{
    public string ReminderName => Name;

    /// <summary>The first tick of the schedule at or after <paramref name="now"/>. Ticks before it are missed, and stay so.</summary>
    public DateTime NextTick(DateTime now)
    {
        if (now <= StartAt) return StartAt;
        var sinceLastTick = (now.Ticks - StartAt.Ticks) % Period.Ticks;
        return sinceLastTick == 0 ? now : now.AddTicks(Period.Ticks - sinceLastTick);
    }
}
