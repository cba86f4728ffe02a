using Splitstream.Grains.Nodes;
using Splitstream.Storage.Nodes;
using Splitstream.Testing;

namespace Splitstream.Grains.Tests.Nodes;

public sealed class CacheLeaseTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MaxDisconnected = TimeSpan.FromMinutes(15);
    private readonly ManualTime _time = new();
    private readonly CacheLease _lease;

    public CacheLeaseTests() => _lease = new CacheLease(_time, MaxDisconnected);

    [Fact]
    public void Nothing_is_trusted_before_the_first_heartbeat_has_come_back()
    {
        Assert.False(_lease.IsHeld);
        Assert.False(_lease.MayBeStale);
    }

    [Fact]
    public void The_lease_counts_from_the_start_of_the_heartbeat_and_not_from_its_return()
    {
        var begun = _time.GetTimestamp();
        _time.Advance(Announcer.LeaseDuration / 2);
        _lease.Extend(begun);

        _time.Advance((Announcer.LeaseDuration / 2) - Tick);
        Assert.True(_lease.IsHeld);
        _time.Advance(Tick);
        Assert.False(_lease.IsHeld);
    }

    [Fact]
    public void A_heartbeat_that_took_longer_than_the_lease_extends_nothing()
    {
        var begun = _time.GetTimestamp();
        _time.Advance(Announcer.LeaseDuration);
        _lease.Extend(begun);

        Assert.False(_lease.IsHeld);
    }

    [Fact]
    public void A_reading_that_a_lapse_went_through_is_not_trusted_although_the_lease_is_held_again()
    {
        _lease.Extend(_time.GetTimestamp());
        var until = _lease.Until;
        _time.Advance(Announcer.LeaseDuration);
        _lease.Extend(_time.GetTimestamp());

        Assert.True(_lease.IsHeld);
        Assert.False(_lease.Holds(until));
    }

    [Fact]
    public void Stale_answers_end_when_the_longest_disconnection_is_over()
    {
        _lease.Extend(_time.GetTimestamp());
        _time.Advance(Announcer.LeaseDuration + MaxDisconnected - Tick);
        Assert.True(_lease.MayBeStale);
        _time.Advance(Tick);
        Assert.False(_lease.MayBeStale);
    }

    [Fact]
    public void An_ended_lease_is_not_held()
    {
        _lease.Extend(_time.GetTimestamp());
        _lease.End();

        Assert.False(_lease.IsHeld);
    }
}
