using Splitstream.Grains.Interfaces;
using Splitstream.Storage.Nodes;

namespace Splitstream.Grains.Nodes;

/// <summary>
/// How long this process may believe what it remembers. Each heartbeat that came back on the notification connection extends the lease,
/// counted from when the heartbeat began; on the monotonic clock, so that a clock set forwards or backwards changes nothing.
/// </summary>
/// <remarks>
/// A reader takes <see cref="Until"/> first, reads from memory, and then asks <see cref="Holds"/> for the value that it took: so the lease
/// held at the moment of the reading, even when it ran out and was renewed around it.
/// </remarks>
public sealed class CacheLease
{
    private readonly TimeProvider _time;
    private readonly long _lease;
    private readonly long _mayBeStaleFor;
    private long _until = long.MinValue;

    /// <param name="maxDisconnected">How long after the lease ran out known units are answered without a database; zero or more.</param>
    public CacheLease(TimeProvider time, TimeSpan maxDisconnected)
    {
        _time = time;
        _lease = Ticks(Announcer.LeaseDuration);
        _mayBeStaleFor = Ticks(maxDisconnected);
        Telemetry.Meter.CreateObservableGauge(
            "splitstream.cache_lease.held", () => IsHeld ? 1 : 0, null, "1 while this process trusts its memory, 0 while it reads the database.");
    }

    /// <summary>The timestamp at which the lease ends; may have passed.</summary>
    public long Until => Volatile.Read(ref _until);

    public bool IsHeld => Holds(Until);

    /// <summary>Whether memory may be answered from although neither notifications nor the database can be had.</summary>
    public bool MayBeStale => Until is var until && until != long.MinValue && _time.GetTimestamp() - until < _mayBeStaleFor;

    /// <param name="until">As it was before the reading.</param>
    public bool Holds(long until) => _time.GetTimestamp() < until;

    /// <summary>All that was committed before a heartbeat began has been taken into account.</summary>
    /// <param name="begun">Timestamp of before the heartbeat was sent.</param>
    public void Extend(long begun) => Volatile.Write(ref _until, begun + _lease);

    /// <summary>Trusts nothing from now on, because nobody waits for this process any more.</summary>
    public void End() => Volatile.Write(ref _until, _time.GetTimestamp());

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);
}
