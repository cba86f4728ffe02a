using Splitstream.Engine.Tests.Grains;

namespace Splitstream.Engine.Tests;

/// <summary>Grain timers: ticks are turns of the grain.</summary>
public sealed class TimerTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(10);

    private readonly Board board = Board.New();
    private EngineFixture engine = null!;

    private ITimerGrain Grain => engine.Grains.GetGrain<ITimerGrain>(board.Key);

    public async Task InitializeAsync() => engine = await EngineFixture.StartAsync(new() { ManualTime = true, CollectionAge = Age });

    public async Task DisposeAsync() => await engine.DisposeAsync();

    [Fact]
    public async Task A_timer_ticks_when_due_and_again_after_each_period()
    {
        board.Open("tick 1", "tick 2", "tick 3");
        var start = engine.Time.GetUtcNow();

        await Grain.StartAsync(5 * Second, 10 * Second, interleave: false, keepAlive: false);
        await engine.Time.AdvanceUntilAsync(board.Noted("tick 3 ends"), Second);

        var times = board.Shown.Cast<DateTimeOffset>().ToArray();
        Assert.True(times[0] - start >= 5 * Second);
        Assert.True(times[1] - times[0] >= 10 * Second);
        Assert.True(times[2] - times[1] >= 10 * Second);
    }

    [Fact]
    public async Task An_infinite_period_ticks_once()
    {
        board.Open("tick 1", "tick 2");

        await Grain.StartAsync(TimeSpan.Zero, Timeout.InfiniteTimeSpan, interleave: false, keepAlive: false);
        await engine.Time.AdvanceUntilAsync(board.Noted("tick 1 ends"), Second);
        engine.Time.Advance(Age / 2);
        await Grain.LookAsync();

        Assert.DoesNotContain("tick 2 starts", board.Notes);
    }

    [Fact]
    public async Task A_tick_waits_for_the_running_request_and_requests_wait_for_the_tick()
    {
        await Grain.StartAsync(Second, Second, interleave: false, keepAlive: false);
        var request = Grain.PassAsync("request");
        await board.Noted("request starts");
        engine.Time.Advance(Second);
        await Grain.LookAsync();
        var duringRequest = board.Notes;
        board.Open("request");
        await engine.Time.AdvanceUntilAsync(board.Noted("tick 1 starts"), Second);
        board.Open("next");
        var next = Grain.PassAsync("next");
        await Grain.LookAsync();
        var duringTick = board.Notes;
        board.Open("tick 1");
        await Task.WhenAll(request, next);

        Assert.Equal(["activates", "request starts"], duringRequest);
        Assert.Equal(["activates", "request starts", "request ends", "tick 1 starts"], duringTick);
    }

    [Fact]
    public async Task An_interleaving_tick_runs_beside_a_request()
    {
        await Grain.StartAsync(Second, Timeout.InfiniteTimeSpan, interleave: true, keepAlive: false);
        var request = Grain.PassAsync("request");
        await board.Noted("request starts");
        await engine.Time.AdvanceUntilAsync(board.Noted("tick 1 starts"), Second);
        board.Open("request", "tick 1");
        await request;

        Assert.Equal(["activates", "request starts", "tick 1 starts"], board.Notes[..3]);
    }

    [Fact]
    public async Task A_tick_that_fails_does_not_end_the_timer()
    {
        board.Open("tick 1", "tick 2");

        await Grain.StartFailingAsync(Second, Second);
        await engine.Time.AdvanceUntilAsync(board.Noted("tick 2 ends"), Second);

        Assert.Equal(["activates", "tick 1 starts", "tick 1 ends", "tick 2 starts"], board.Notes[..4]);
    }

    [Fact]
    public async Task The_next_period_begins_when_the_tick_has_ended()
    {
        board.Open("tick 2");

        await Grain.StartAsync(Second, Second, interleave: true, keepAlive: false);
        await engine.Time.AdvanceUntilAsync(board.Noted("tick 1 starts"), Second);
        engine.Time.Advance(100 * Second);
        await Grain.LookAsync();
        var duringTick = board.Notes;
        board.Open("tick 1");
        await engine.Time.AdvanceUntilAsync(board.Noted("tick 2 starts"), Second);

        Assert.Equal(["activates", "tick 1 starts"], duringTick);
    }

    [Fact]
    public async Task A_changed_timer_follows_its_new_times()
    {
        board.Open("tick 1", "tick 2");
        var start = engine.Time.GetUtcNow();

        await Grain.StartAsync(Second, Second, interleave: false, keepAlive: false);
        await Grain.ChangeAsync(60 * Second, 120 * Second);
        await engine.Time.AdvanceUntilAsync(board.Noted("tick 2 ends"), Second);

        var times = board.Shown.Cast<DateTimeOffset>().ToArray();
        Assert.True(times[0] - start >= 60 * Second);
        Assert.True(times[1] - times[0] >= 120 * Second);
    }

    [Fact]
    public async Task A_disposed_timer_ticks_no_more()
    {
        board.Open("tick 1");

        await Grain.StartAsync(Second, Second, interleave: false, keepAlive: false);
        await engine.Time.AdvanceUntilAsync(board.Noted("tick 1 ends"), Second);
        await Grain.DisposeTimerAsync();
        var ticks = board.Shown.Count;
        engine.Time.Advance(Age / 2);
        await Grain.LookAsync();

        Assert.Equal(ticks, board.Shown.Count);
    }

    [Fact]
    public async Task Disposing_a_timer_cancels_the_token_of_its_tick()
    {
        await Grain.StartWaitingForTokenAsync();
        await engine.Time.AdvanceUntilAsync(board.Noted("waits for token"), Second);
        await Grain.DisposeTimerAsync();

        await board.Noted("token cancelled");
    }

    [Fact]
    public async Task Timers_end_with_their_activation()
    {
        board.Open("tick 1");

        await Grain.StartAsync(Second, 60 * Second, interleave: false, keepAlive: false);
        await engine.Time.AdvanceUntilAsync(board.Noted("tick 1 ends"), Second);
        await Grain.DeactivateAsync();
        await board.Noted("deactivates ApplicationRequested");
        engine.Time.Advance(120 * Second);
        await Grain.LookAsync();

        Assert.Equal(["activates", "tick 1 starts", "tick 1 ends", "deactivates ApplicationRequested", "activates"], board.Notes);
    }

    [Fact]
    public async Task Ticks_do_not_keep_an_idle_activation()
    {
        board.Open([.. Enumerable.Range(1, 1000).Select(number => $"tick {number}")]);

        await Grain.StartAsync(Second, 60 * Second, interleave: false, keepAlive: false);
        await engine.Time.AdvanceUntilAsync(board.Noted("deactivates ActivationIdle"), 5 * Second);

        Assert.Contains("tick 2 ends", board.Notes);
    }

    [Fact]
    public async Task Ticks_that_keep_alive_do()
    {
        board.Open([.. Enumerable.Range(1, 1000).Select(number => $"tick {number}")]);

        await Grain.StartAsync(Second, 60 * Second, interleave: false, keepAlive: true);
        await engine.Time.AdvanceUntilAsync(board.Noted("tick 15 ends"), 5 * Second);

        Assert.DoesNotContain("deactivates ActivationIdle", board.Notes);
    }
}
