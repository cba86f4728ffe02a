namespace Splitstream.Testing.Tests;

public sealed class ManualTimeTests
{
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public void A_jump_of_the_wall_clock_moves_no_timestamp_and_fires_no_timer(int seconds)
    {
        var (wall, stamp, fired) = (_time.GetUtcNow(), _time.GetTimestamp(), 0);
        using var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);

        _time.JumpWallClock(TimeSpan.FromSeconds(seconds));

        Assert.Equal(wall.AddSeconds(seconds), _time.GetUtcNow());
        Assert.Equal(TimeSpan.Zero, _time.GetElapsedTime(stamp));
        Assert.Equal(0, fired);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, fired);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, fired);
        Assert.Equal(TimeSpan.FromSeconds(10), _time.GetElapsedTime(stamp));
        Assert.Equal(wall.AddSeconds(seconds + 10), _time.GetUtcNow());
    }

    [Fact]
    public void The_monotonic_clock_moves_alone_when_the_wall_clock_jumps_back_by_as_much()
    {
        var (wall, stamp, fired) = (_time.GetUtcNow(), _time.GetTimestamp(), 0);
        using var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);

        _time.JumpWallClock(TimeSpan.FromSeconds(-10));
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(wall, _time.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(10), _time.GetElapsedTime(stamp));
        Assert.Equal(1, fired);
    }
}
