using Splitstream.Engine.Tests.Grains;

namespace Splitstream.Engine.Tests;

/// <summary>Grain timers: ticks are turns of the grain.</summary>
public sealed class TimerTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly Board _board = Board.New();
    private EngineFixture _engine = null!;

    private static string[] AllTicks => [.. Enumerable.Range(1, 1000).Select(number => $"tick {number}")];

    private ITimerGrain Grain => _engine.Grains.GetGrain<ITimerGrain>(_board.Key);

    public async Task InitializeAsync() => _engine = await EngineFixture.StartAsync(new() { ManualTime = true });

    public async Task DisposeAsync()
    {
        // Time may have gone on to a tick that the test did not ask for: nothing ends while it waits at its gate.
        _board.Open(AllTicks);
        await _engine.DisposeAsync();
    }

    [Fact]
    public async Task A_timer_ticks_when_due_and_again_after_each_period()
    {
        _board.Open("tick 1", "tick 2", "tick 3");
        var start = _engine.Time.GetUtcNow();

        await Grain.StartAsync(5 * Second, 10 * Second, interleave: false, keepAlive: false);
        await _engine.Time.AdvanceUntilAsync(_board.Noted("tick 3 ends"), Second);

        var times = _board.Shown.Cast<DateTimeOffset>().ToArray();
        Assert.True(times[0] - start >= 5 * Second);
        Assert.True(times[1] - times[0] >= 10 * Second);
        Assert.True(times[2] - times[1] >= 10 * Second);
    }

    [Fact]
    public async Task An_infinite_period_ticks_once()
    {
        _board.Open("tick 1", "tick 2");

        await Grain.StartAsync(TimeSpan.Zero, Timeout.InfiniteTimeSpan, interleave: false, keepAlive: false);
        await _engine.Time.AdvanceUntilAsync(_board.Noted("tick 1 ends"), Second);
        _engine.Time.Advance(Long);
        await Grain.LookAsync();

        Assert.DoesNotContain("tick 2 starts", _board.Notes);
    }

    [Fact]
    public async Task A_tick_waits_for_the_running_request_and_requests_wait_for_the_tick()
    {
        await Grain.StartAsync(Second, Second, interleave: false, keepAlive: false);
        var request = Grain.PassAsync("request");
        await _board.Noted("request starts");
        _engine.Time.Advance(Second);
        await Grain.LookAsync();
        var duringRequest = _board.Notes;
        _board.Open("request");
        await _engine.Time.AdvanceUntilAsync(_board.Noted("tick 1 starts"), Second);
        _board.Open("next");
        var next = Grain.PassAsync("next");
        await Grain.LookAsync();
        var duringTick = _board.Notes;
        _board.Open("tick 1");
        await Task.WhenAll(request, next);

        Assert.Equal(["activates", "request starts"], duringRequest);
        Assert.Equal(["activates", "request starts", "request ends", "tick 1 starts"], duringTick);
    }

    [Fact]
    public async Task An_interleaving_tick_runs_beside_a_request()
    {
        await Grain.StartAsync(Second, Timeout.InfiniteTimeSpan, interleave: true, keepAlive: false);
        var request = Grain.PassAsync("request");
        await _board.Noted("request starts");
        await _engine.Time.AdvanceUntilAsync(_board.Noted("tick 1 starts"), Second);
        _board.Open("request", "tick 1");
        await request;

        Assert.Equal(["activates", "request starts", "tick 1 starts"], _board.Notes[..3]);
    }

    [Fact]
    public async Task A_tick_that_fails_does_not_end_the_timer()
    {
        _board.Open("tick 1", "tick 2");

        await Grain.StartFailingAsync(Second, Second);
        await _engine.Time.AdvanceUntilAsync(_board.Noted("tick 2 ends"), Second);

        Assert.Equal(["activates", "tick 1 starts", "tick 1 ends", "tick 2 starts"], _board.Notes[..4]);
    }

    [Fact]
    public async Task The_next_period_begins_when_the_tick_has_ended()
    {
        _board.Open("tick 2");

        await Grain.StartAsync(Second, Second, interleave: true, keepAlive: false);
        await _engine.Time.AdvanceUntilAsync(_board.Noted("tick 1 starts"), Second);
        _engine.Time.Advance(100 * Second);
        await Grain.LookAsync();
        var duringTick = _board.Notes;
        _board.Open("tick 1");
        await _engine.Time.AdvanceUntilAsync(_board.Noted("tick 2 starts"), Second);

        Assert.Equal(["activates", "tick 1 starts"], duringTick);
    }

    [Fact]
    public async Task A_changed_timer_follows_its_new_times()
    {
        _board.Open("tick 1", "tick 2");
        var start = _engine.Time.GetUtcNow();

        await Grain.StartAsync(Second, Second, interleave: false, keepAlive: false);
        await Grain.ChangeAsync(60 * Second, 120 * Second);
        await _engine.Time.AdvanceUntilAsync(_board.Noted("tick 2 ends"), Second);

        var times = _board.Shown.Cast<DateTimeOffset>().ToArray();
        Assert.True(times[0] - start >= 60 * Second);
        Assert.True(times[1] - times[0] >= 120 * Second);
    }

    [Fact]
    public async Task A_disposed_timer_ticks_no_more()
    {
        _board.Open("tick 1");

        await Grain.StartAsync(Second, Second, interleave: false, keepAlive: false);
        await _engine.Time.AdvanceUntilAsync(_board.Noted("tick 1 ends"), Second);
        await Grain.DisposeTimerAsync();
        var ticks = _board.Shown.Count;
        _engine.Time.Advance(Long);
        await Grain.LookAsync();

        Assert.Equal(ticks, _board.Shown.Count);
    }

    [Fact]
    public async Task Disposing_a_timer_cancels_the_token_of_its_tick()
    {
        await Grain.StartWaitingForTokenAsync();
        await _engine.Time.AdvanceUntilAsync(_board.Noted("waits for token"), Second);
        await Grain.DisposeTimerAsync();

        await _board.Noted("token cancelled");
    }

    [Fact]
    public async Task Timers_end_with_their_activation()
    {
        _board.Open("tick 1");

        await Grain.StartAsync(Second, 60 * Second, interleave: false, keepAlive: false);
        await _engine.Time.AdvanceUntilAsync(_board.Noted("tick 1 ends"), Second);
        await Grain.DeactivateAsync();
        await _board.Noted("deactivates ApplicationRequested");
        _engine.Time.Advance(120 * Second);
        await Grain.LookAsync();

        Assert.Equal(["activates", "tick 1 starts", "tick 1 ends", "deactivates ApplicationRequested", "activates"], _board.Notes);
    }

    [Fact]
    public async Task Ticks_do_not_keep_an_idle_activation()
    {
        await using var aging = await EngineFixture.StartAsync(new() { Aging = true });
        _board.Open(AllTicks);

        var grain = aging.Grains.GetGrain<ITimerGrain>(_board.Key);
        await grain.StartAsync(TimeSpan.Zero, EngineFixture.Age / 5, interleave: false, keepAlive: false);
        await aging.AgeUntilAsync(_board.Noted("deactivates ActivationIdle"));

        Assert.Contains("tick 1 ends", _board.Notes);
    }

    [Fact]
    public async Task Ticks_that_keep_alive_do()
    {
        await using var aging = await EngineFixture.StartAsync(new() { Aging = true });
        _board.Open(AllTicks);

        var grain = aging.Grains.GetGrain<ITimerGrain>(_board.Key);
        await grain.StartAsync(TimeSpan.Zero, EngineFixture.Age / 5, interleave: false, keepAlive: true);
        await aging.AgeUntilAsync(Task.WhenAny(_board.Noted("tick 15 ends"), _board.Noted("deactivates ActivationIdle")));

        // Real time may pass without a tick on a busy machine, so a collection is wrong only when it follows a tick too soon.
        var sinceLastTick = aging.AgingTime.GetUtcNow() - (DateTimeOffset)_board.Shown.Last();
        Assert.True(!_board.Notes.Contains("deactivates ActivationIdle") || sinceLastTick >= EngineFixture.Age);
    }
}
