namespace Orleans.Runtime;

/// <summary>A grain's timer. Disposing it cancels the token of a running tick and stops all later ones.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets both times anew; during a tick this takes effect when the tick has ended.</summary>
    /// <param name="dueTime">Time to the next tick; zero is at once, <see cref="Timeout.InfiniteTimeSpan"/> never.</param>
    /// <param name="period">Time from the end of a tick to the next; <see cref="Timeout.InfiniteTimeSpan"/> ticks only once.</param>
    void Change(TimeSpan dueTime, TimeSpan period);
}
