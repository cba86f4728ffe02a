using Splitstream.Engine.Tests.Grains;

namespace Splitstream.Engine.Tests;

/// <summary>An activation runs one turn at a time and, unless told otherwise, one request at a time.</summary>
public sealed class TurnTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task A_request_starts_only_when_the_previous_one_has_completed()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IPlainGrain>(board.Key);

        var first = grain.PassAsync("first");
        await board.Noted("first starts");
        var second = grain.PassAsync("second");
        await grain.LookAsync();
        var whileFirstWaits = board.Notes;
        board.Open("first", "second");
        await Task.WhenAll(first, second);

        Assert.Equal(["first starts"], whileFirstWaits);
        Assert.Equal(["first starts", "first ends", "second starts", "second ends"], board.Notes);
    }

    [Fact]
    public async Task Calls_made_together_run_once_each_and_one_after_the_other()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IPlainGrain>(board.Key);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(grain.NumberAsync));

        var ran = board.Notes.Chunk(2).Select(pair => (pair[0], pair[1])).ToArray();
        Assert.Equal(Enumerable.Range(0, 200).Select(number => ($"{number} starts", $"{number} ends")).Order(), ran.Order());
    }

    [Fact]
    public async Task Calls_made_after_the_answer_to_the_one_before_run_in_that_order()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IPlainGrain>(board.Key);

        for (var number = 0; number < 200; number++) await grain.NumberAsync(number);

        Assert.Equal(Enumerable.Range(0, 200).SelectMany(number => new[] { $"{number} starts", $"{number} ends" }), board.Notes);
    }

    [Fact]
    public async Task Turns_of_a_reentrant_grain_never_run_at_the_same_time()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IReentrantGrain>(board.Key);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var call = 0; call < 500; call++) await grain.AddOneAsync();
        })));
        var differences = await grain.AddOneAsync();

        Assert.Empty(board.Notes);
        Assert.Equal(1, differences);
    }

    [Fact]
    public async Task Nothing_of_a_grain_runs_while_one_of_its_turns_does()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IReentrantGrain>(board.Key);

        var continuing = grain.ContinueAtGateAsync("gate");
        await grain.LookAsync();
        var blocking = grain.BlockTurnAsync("turn");
        await board.Noted("turn starts");
        board.Open("gate", "request");
        var request = grain.PassAsync("request");

        // Other grains get their turns: so would these two, if they were allowed to.
        var other = engine.Grains.GetGrain<ICallGrain>(board.Key);
        for (var call = 0; call < 5_000; call++) await other.AddAsync(call, call);
        var duringTurn = board.Notes;
        board.Open("turn");
        await Task.WhenAll(continuing, blocking, request);

        Assert.Equal(["turn starts"], duringTurn);
        Assert.Equal("turn ends", board.Notes[1]);
    }

    [Fact]
    public async Task Grains_of_different_keys_run_at_the_same_time()
    {
        var (one, other) = (Board.New(), Board.New());

        var calls = Task.WhenAll(
            engine.Grains.GetGrain<IPlainGrain>(one.Key).PassAsync("step"), engine.Grains.GetGrain<IPlainGrain>(other.Key).PassAsync("step"));
        await Task.WhenAll(one.Noted("step starts"), other.Noted("step starts"));
        one.Open("step");
        other.Open("step");
        await calls;

        Assert.Equal(one.Notes, other.Notes);
    }

    [Fact]
    public async Task Continuations_stay_on_the_activation_and_come_back_to_it_from_the_thread_pool()
    {
        var grain = engine.Grains.GetGrain<ICallGrain>(Board.New().Key);

        var schedulers = await grain.SchedulersAsync();

        Assert.DoesNotContain(TaskScheduler.Default.Id, schedulers);
        Assert.Single(schedulers.Distinct());
    }

    [Fact]
    public async Task A_failed_request_lets_the_next_one_run()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<ICallGrain>(board.Key);

        var failed = grain.FailAsync("broken");
        var next = grain.AddAsync(1, 2);

        await Assert.ThrowsAsync<FormatException>(() => failed);
        Assert.Equal(3, await next);
    }
}
