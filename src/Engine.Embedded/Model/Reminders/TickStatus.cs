namespace Orleans.Runtime;

/// <summary>Where a reminder's tick lies in its schedule.</summary>
/// <param name="firstTickTime">When the schedule began, in UTC.</param>
/// <param name="period">Time between ticks of the schedule.</param>
/// <param name="timeStamp">When this tick was sent, in UTC.</param>
[GenerateSerializer, Immutable]
public readonly struct TickStatus(DateTime firstTickTime, TimeSpan period, DateTime timeStamp)
{
    [Id(0)]
    public DateTime FirstTickTime { get; } = firstTickTime;

    [Id(1)]
    public TimeSpan Period { get; } = period;

    [Id(2)]
    public DateTime CurrentTickTime { get; } = timeStamp;

    public override string ToString() => $"<{FirstTickTime:O}, {Period}, {CurrentTickTime:O}>";
}
