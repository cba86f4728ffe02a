using Splitstream.Engine.Tests.Grains;

namespace Splitstream.Engine.Tests;

/// <summary>Stateless workers: several activations of one key, up to a limit.</summary>
public sealed class StatelessWorkerTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Calls_run_at_the_same_time_up_to_the_limit()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IWorkerGrain>(board.Key);

        var first = Task.WhenAll(grain.PassAsync("one"), grain.PassAsync("two"));
        await Task.WhenAll(board.Noted("one starts"), board.Noted("two starts"));
        var third = grain.PassAsync("three");
        await grain.LookAsync();
        await grain.LookAsync();
        var whileTwoRun = board.Notes;
        board.Open("one", "two", "three");
        await Task.WhenAll(first, third);

        Assert.DoesNotContain("three starts", whileTwoRun);
        Assert.Equal(2, board.Notes.Count(note => note == "activates"));
    }

    [Fact]
    public async Task An_idle_worker_is_used_before_a_new_one_is_made()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IWorkerGrain>(board.Key);
        board.Open("one", "two");

        await grain.PassAsync("one");
        await grain.PassAsync("two");

        Assert.Equal(["activates", "one starts", "one ends", "two starts", "two ends"], board.Notes);
    }
}
