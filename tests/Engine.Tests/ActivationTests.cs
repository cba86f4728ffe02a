using Orleans.Runtime;
using Splitstream.Engine.Tests.Grains;

namespace Splitstream.Engine.Tests;

/// <summary>How activations begin and end.</summary>
public sealed class ActivationTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private const int MostAttempts = 100;

    [Fact]
    public async Task The_first_calls_activate_a_grain_once()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<ILifeGrain>(board.Key);
        var beforeTheCalls = board.Notes;

        var numbers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(grain.ActivationNumberAsync)));

        Assert.Empty(beforeTheCalls);
        Assert.Equal(["activates 1"], board.Notes);
        Assert.All(numbers, number => Assert.Equal(1, number));
    }

    [Fact]
    public async Task A_failed_activation_fails_the_waiting_calls_and_the_next_call_tries_again()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IFragileGrain>(board.Key);

        var calls = Enumerable.Range(0, 3).Select(_ => grain.CallAsync()).ToArray();
        await board.Noted("activation starts");
        board.Open("activation");
        foreach (var call in calls)
        {
            var failure = await Assert.ThrowsAnyAsync<Exception>(() => call);
            Assert.IsType<FormatException>(failure.GetBaseException());
        }

        board.Note("healed");
        await grain.CallAsync();

        Assert.Equal("called", board.Notes[^1]);
        Assert.Equal(1, board.Notes.Count(note => note == "called"));
    }

    [Fact]
    public async Task A_failing_constructor_fails_the_call()
    {
        var grain = engine.Grains.GetGrain<IStillbornGrain>(Board.New().Key);

        var failure = await Assert.ThrowsAnyAsync<Exception>(grain.CallAsync);

        Assert.IsType<FormatException>(failure.GetBaseException());
    }

    [Fact]
    public async Task Deactivation_waits_for_running_requests()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<ILifeGrain>(board.Key);

        var last = grain.DeactivateAsync("last");
        await board.Noted("last starts");
        board.Open("last");
        await last;
        await board.Noted("deactivates ApplicationRequested");

        Assert.Equal(["activates 1", "last starts", "last ends", "deactivates ApplicationRequested"], board.Notes);
    }

    [Fact]
    public async Task Calls_made_during_deactivation_go_to_the_next_activation()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<ILifeGrain>(board.Key);
        await grain.HoldLeavingAsync();
        board.Open("last", "one", "two", "three");

        await grain.DeactivateAsync("last");
        await board.Noted("leaving starts");
        var later = new[] { grain.PassAsync("one"), grain.PassAsync("two"), grain.PassAsync("three") };
        var whileLeaving = board.Notes;
        board.Open("leaving");
        await Task.WhenAll(later);

        Assert.Equal("leaving starts", whileLeaving[^1]);
        var afterwards = board.Notes[whileLeaving.Length..];
        Assert.Equal(["leaving ends", "activates 2"], afterwards[..2]);
        Assert.Equal(
            [("one starts", "one ends"), ("three starts", "three ends"), ("two starts", "two ends")],
            afterwards[2..].Chunk(2).Select(pair => (pair[0], pair[1])).Order());
    }

    [Fact]
    public async Task An_activation_that_ends_with_its_first_call_is_followed_by_another()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<ILifeGrain>(board.Key);
        await grain.HoldLeavingAsync();
        board.Open("last", "only");

        await grain.DeactivateAsync("last");
        await board.Noted("leaving starts");
        var only = grain.DeactivateAsync("only");
        board.Open("leaving");
        await only;

        Assert.Equal(3, await grain.ActivationNumberAsync());
    }

    [Fact]
    public async Task What_fails_while_leaving_does_not_hold_the_next_activation_back()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<ILifeGrain>(board.Key);
        await grain.FailLeavingAsync();
        board.Open("last");

        await grain.DeactivateAsync("last");
        await board.Noted("deactivates ApplicationRequested");

        Assert.Equal(2, await grain.ActivationNumberAsync());
    }

    [Fact]
    public async Task A_thousand_calls_over_many_deactivations_each_run_once()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<ILifeGrain>(board.Key);
        var steps = Enumerable.Range(0, 1000).Select(number => $"{number}").ToArray();
        board.Open(steps);

        await Task.WhenAll(steps.Select((step, number) => Task.Run(() =>
            UntilAcceptedAsync(() => number % 50 == 0 ? grain.DeactivateAsync(step) : grain.PassAsync(step)))));

        Assert.Equal(steps.Order(), board.Notes.Where(note => note.EndsWith(" ends", StringComparison.Ordinal)).Select(note => note[..^5]).Order());
    }

    [Fact]
    public async Task Scoped_services_live_as_long_as_the_activation()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<ILifeGrain>(board.Key);
        board.Open("last");

        await grain.ShowScopedServiceAsync();
        var services = board.Shown.Cast<ScopedService>().ToArray();
        var whileActive = services[0].IsDisposed;
        await grain.DeactivateAsync("last");
        await grain.ActivationNumberAsync();

        Assert.Same(services[0], services[1]);
        Assert.False(whileActive);
        Assert.True(services[0].IsDisposed);
    }

    [Fact]
    public async Task An_idle_activation_is_collected_after_its_age()
    {
        await using var aging = await EngineFixture.StartAsync(new() { Aging = true });
        var board = Board.New();
        var grain = aging.Grains.GetGrain<ILifeGrain>(board.Key);

        var lastUse = aging.AgingTime.GetUtcNow();
        await grain.ActivationNumberAsync();
        await aging.AgeUntilAsync(board.Noted("deactivates ActivationIdle"));

        Assert.True(Collected(board).Single() - lastUse >= EngineFixture.Age);
        Assert.Equal(2, await grain.ActivationNumberAsync());
    }

    [Fact]
    public async Task An_activation_in_use_is_not_collected()
    {
        await using var aging = await EngineFixture.StartAsync(new() { Aging = true });
        var (used, busy) = (Board.New(), Board.New());
        var usedGrain = aging.Grains.GetGrain<ILifeGrain>(used.Key);
        var busyGrain = aging.Grains.GetGrain<ILifeGrain>(busy.Key);
        var uses = new List<(DateTimeOffset Begin, DateTimeOffset End)>();

        var running = busyGrain.PassAsync("long");
        await busy.Noted("long starts");
        for (var call = 0; call < 5; call++)
        {
            var begin = aging.AgingTime.GetUtcNow();
            await usedGrain.ActivationNumberAsync();
            uses.Add((begin, aging.AgingTime.GetUtcNow()));
            await aging.AgeAsync(EngineFixture.Age * 0.6);
            await busyGrain.LookAsync();
        }

        var whileBusy = busy.Notes;
        busy.Open("long");
        await running;

        // This one waits for the end of an activation that has begun to end.
        await usedGrain.ActivationNumberAsync();

        // Real time may pass unused on a busy machine, so a collection is wrong only when it follows a use too soon.
        Assert.Equal(["activates 1", "long starts"], whileBusy);
        Assert.DoesNotContain(Collected(used), end => uses.Any(use => use.End <= end && end < use.Begin + EngineFixture.Age));
    }

    [Fact]
    public async Task A_delayed_deactivation_keeps_an_idle_activation()
    {
        await using var aging = await EngineFixture.StartAsync(new() { Aging = true });
        var board = Board.New();
        var grain = aging.Grains.GetGrain<ILifeGrain>(board.Key);

        var asked = aging.AgingTime.GetUtcNow();
        await grain.DelayDeactivationAsync(EngineFixture.Age * 3);
        await aging.AgeUntilAsync(board.Noted("deactivates ActivationIdle"));

        Assert.True(Collected(board).Single() - asked >= EngineFixture.Age * 3);
    }

    [Fact]
    public async Task Stopping_the_host_deactivates_every_activation_and_ends_the_calls_that_it_makes_then()
    {
        await using var stopping = await EngineFixture.StartAsync(new());
        var boards = Enumerable.Range(0, 20).Select(_ => Board.New()).ToArray();
        foreach (var (board, next) in boards.Zip(boards.Skip(1)))
            await stopping.Grains.GetGrain<ILifeGrain>(board.Key).CallWhenLeavingAsync(next.Key);
        await stopping.Grains.GetGrain<ILifeGrain>(boards[^1].Key).ActivationNumberAsync();

        await stopping.StopAsync();

        Assert.All(boards, board => Assert.Contains("deactivates ShuttingDown", board.Notes));
        var calls = boards.SkipLast(1)
            .Select(board => board.Notes.Single(note => note.StartsWith("other ", StringComparison.Ordinal))).ToArray();
        var refused = calls.Where(call => call == "other refused").ToArray();
        Assert.All(calls.Except(refused), call => Assert.StartsWith("other was activation ", call));
        if (EngineDifferences.CallsAreAnsweredWhileTheHostStops) Assert.Empty(refused);
    }

    [Fact]
    public async Task Stopping_the_host_waits_for_running_requests()
    {
        await using var stopping = await EngineFixture.StartAsync(new());
        var board = Board.New();
        var running = stopping.Grains.GetGrain<ILifeGrain>(board.Key).PassAsync("last");
        await board.Noted("last starts");

        var stop = stopping.StopAsync();
        board.Open("last");
        await stop;
        await running;

        Assert.Equal(["activates 1", "last starts", "last ends", "deactivates ShuttingDown"], board.Notes);
    }

    [Fact]
    public async Task A_restarted_host_activates_grains_anew()
    {
        await using var restarting = await EngineFixture.StartAsync(new());
        var board = Board.New();
        var before = await restarting.Grains.GetGrain<ILifeGrain>(board.Key).ActivationNumberAsync();

        await restarting.RestartAsync();

        Assert.Equal(1, before);
        Assert.Equal(2, await restarting.Grains.GetGrain<ILifeGrain>(board.Key).ActivationNumberAsync());
    }

    private static DateTimeOffset[] Collected(Board board) => [.. board.Shown.Cast<DateTimeOffset>()];

    /// <summary>A call that is rejected has not run, and may be made again.</summary>
    private static async Task UntilAcceptedAsync(Func<Task> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await call();
                return;
            }
            catch (OrleansMessageRejectionException) when (attempt < MostAttempts)
            {
            }
        }
    }
}
