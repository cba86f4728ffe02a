using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>How a grain's timer ticks.</summary>
public readonly struct GrainTimerCreationOptions()
{
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
        : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time to the first tick; zero is at once, <see cref="Timeout.InfiniteTimeSpan"/> never.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Time from the end of a tick to the next; <see cref="Timeout.InfiniteTimeSpan"/> ticks only once.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether ticks may interleave with requests and with other timers at awaits.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether a tick counts as use, so that the activation does not become idle.</summary>
    public bool KeepAlive { get; init; }
}
