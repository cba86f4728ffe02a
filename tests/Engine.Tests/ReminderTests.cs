using Orleans.Runtime;
using Splitstream.Engine.Tests.Grains;

namespace Splitstream.Engine.Tests;

/// <summary>Reminders: durable ticks of a schedule, which find their grain active or not.</summary>
public sealed class ReminderTests : IAsyncLifetime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Board _board = Board.New();
    private EngineFixture _engine = null!;

    private IReminderGrain Grain => _engine.Grains.GetGrain<IReminderGrain>(_board.Key);

    public async Task InitializeAsync() => _engine = await EngineFixture.StartAsync(new() { ManualTime = true, Storage = true });

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task A_reminder_ticks_at_its_due_time_and_then_every_period()
    {
        var start = _engine.Time.GetUtcNow().UtcDateTime;

        await Grain.RegisterAsync("look", 10 * Minute, 60 * Minute);
        await _engine.Time.AdvanceUntilAsync(_board.Noted("look 3"), Minute);

        var ticks = Ticks();
        Assert.All(ticks, tick => Assert.Equal(60 * Minute, tick.Period));
        Assert.All(ticks, tick => Assert.Equal(start + (10 * Minute), tick.FirstTickTime));
        Assert.All(ticks.Index(), tick => Assert.True(tick.Item.CurrentTickTime - start >= (10 + (60 * tick.Index)) * Minute));
    }

    [Fact]
    public async Task A_tick_activates_a_grain_that_is_not_active()
    {
        await Grain.RegisterAsync("look", 10 * Minute, 60 * Minute);
        await Grain.DeactivateAsync();
        await _engine.Time.AdvanceUntilAsync(_board.Noted("look 1"), Minute);

        Assert.Equal(["activates", "activates", "look 1"], _board.Notes);
    }

    [Fact]
    public async Task Reminders_tick_again_after_a_restart()
    {
        await Grain.RegisterAsync("look", 10 * Minute, 60 * Minute);
        await _engine.Time.AdvanceUntilAsync(_board.Noted("look 1"), Minute);
        await _engine.RestartAsync();
        await _engine.Time.AdvanceUntilAsync(_board.Noted("look 2"), Minute);

        Assert.Equal(["look"], await Grain.NamesAsync());
    }

    [Fact]
    public async Task Ticks_missed_while_stopped_collapse_and_the_next_one_comes_by_the_schedule()
    {
        var start = _engine.Time.GetUtcNow().UtcDateTime;
        await Grain.RegisterAsync("look", 10 * Minute, 60 * Minute);
        await _engine.Time.AdvanceUntilAsync(_board.Noted("look 1"), Minute);
        await _engine.StopAsync();
        _engine.Time.Advance((5 * 60 * Minute) + (20 * Minute));
        var restart = _engine.Time.GetUtcNow().UtcDateTime;
        await _engine.RestartAsync();
        await _engine.Time.AdvanceUntilAsync(_board.Noted("look 2"), Minute);

        // By the schedule: minute 10, 70, 130, ...; the five or so that were missed do not come in a burst, nor at once.
        var second = Ticks()[1].CurrentTickTime;
        var missed = Math.Ceiling((restart - start - (10 * Minute)) / (60 * Minute));
        Assert.True(second - start >= (10 * Minute) + (missed * 60 * Minute), $"{second:O}, restarted {restart:O}");
        Assert.Equal(2, Ticks().Length);
    }

    [Fact]
    public async Task An_unregistered_reminder_ticks_no_more_also_after_a_restart()
    {
        await Grain.RegisterAsync("gone", 10 * Minute, 10 * Minute);
        await Grain.RegisterAsync("kept", 15 * Minute, 10 * Minute);
        await Grain.UnregisterAsync("gone");
        await _engine.RestartAsync();
        await _engine.Time.AdvanceUntilAsync(_board.Noted("kept 2"), Minute);

        Assert.DoesNotContain("gone 1", _board.Notes);
        Assert.False(await Grain.ExistsAsync("gone"));
        Assert.True(await Grain.ExistsAsync("kept"));
    }

    [Fact]
    public async Task Registering_a_name_again_replaces_its_times()
    {
        var start = _engine.Time.GetUtcNow().UtcDateTime;

        await Grain.RegisterAsync("look", 10 * Minute, 10 * Minute);
        await Grain.RegisterAsync("look", 90 * Minute, 120 * Minute);
        await _engine.Time.AdvanceUntilAsync(_board.Noted("look 1"), Minute);

        Assert.Equal(["look"], await Grain.NamesAsync());
        Assert.True(Ticks()[0].CurrentTickTime - start >= 90 * Minute);
        Assert.Equal(120 * Minute, Ticks()[0].Period);
    }

    [Fact]
    public async Task A_stale_handle_does_not_unregister_what_was_registered_after_it()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => Grain.UnregisterStaleAsync("look"));

        Assert.IsType<ReminderException>(failure.GetBaseException());
        Assert.True(await Grain.ExistsAsync("look"));
    }

    [Fact]
    public async Task A_tick_that_fails_does_not_end_the_reminder()
    {
        await Grain.FailTicksAsync();
        await Grain.RegisterAsync("look", 10 * Minute, 10 * Minute);
        await _engine.Time.AdvanceUntilAsync(_board.Noted("look 2"), Minute);

        Assert.True(await Grain.ExistsAsync("look"));
    }

    [Fact]
    public async Task Reminders_belong_to_their_grain()
    {
        var other = Board.New();

        await Grain.RegisterAsync("look", 10 * Minute, 10 * Minute);

        Assert.Empty(await _engine.Grains.GetGrain<IReminderGrain>(other.Key).NamesAsync());
    }

    [Theory]
    [InlineData(0, 59)]
    [InlineData(0, 0)]
    [InlineData(-1, 60)]
    [InlineData(0, -1)]
    public async Task A_period_below_a_minute_and_negative_times_are_refused(int dueSeconds, int periodSeconds)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(
            () => Grain.RegisterAsync("look", TimeSpan.FromSeconds(dueSeconds), TimeSpan.FromSeconds(periodSeconds)));

        Assert.Empty(await Grain.NamesAsync());
    }

    [Fact]
    public async Task A_grain_that_cannot_receive_reminders_cannot_register_one()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(_engine.Grains.GetGrain<IForgetfulGrain>(_board.Key).RegisterAsync);
    }

    private TickStatus[] Ticks() => [.. _board.Shown.Cast<TickStatus>()];
}
