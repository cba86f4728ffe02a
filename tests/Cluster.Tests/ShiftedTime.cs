namespace Splitstream.Cluster.Tests;

/// <summary>A wall clock that is wrong by an offset, which may jump; the monotonic clock is the system's.</summary>
public sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
}
