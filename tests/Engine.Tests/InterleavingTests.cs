using Splitstream.Engine.Tests.Grains;

namespace Splitstream.Engine.Tests;

/// <summary>Which requests may start while another one waits.</summary>
public sealed class InterleavingTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Requests_of_a_reentrant_grain_interleave_at_awaits()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IReentrantGrain>(board.Key);

        var first = grain.PassAsync("first");
        await board.Noted("first starts");
        var second = grain.PassAsync("second");
        await board.Noted("second starts");
        board.Open("second");
        await second;
        board.Open("first");
        await first;

        Assert.Equal(["first starts", "second starts", "second ends", "first ends"], board.Notes);
    }

    [Fact]
    public async Task A_reentrant_grain_can_call_itself()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IReentrantGrain>(board.Key);

        board.Open("inner");
        await grain.PassThroughSelfAsync("inner");

        Assert.Equal(["inner starts", "inner ends"], board.Notes);
    }

    [Fact]
    public async Task An_interleaving_method_runs_while_another_request_waits()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IPlainGrain>(board.Key);

        var first = grain.PassAsync("first");
        await board.Noted("first starts");
        var second = grain.PassInterleavingAsync("second");
        await board.Noted("second starts");
        board.Open("first", "second");
        await Task.WhenAll(first, second);

        Assert.Equal(["first starts", "second starts"], board.Notes[..2]);
    }

    [Fact]
    public async Task An_interleaving_request_holds_no_other_request_back()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IPlainGrain>(board.Key);

        var interleaving = grain.PassInterleavingAsync("interleaving");
        await board.Noted("interleaving starts");
        board.Open("plain");
        await grain.PassAsync("plain");
        board.Open("interleaving");
        await interleaving;

        Assert.Equal(["interleaving starts", "plain starts", "plain ends", "interleaving ends"], board.Notes);
    }

    [Fact]
    public async Task Read_only_requests_interleave_with_each_other()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IPlainGrain>(board.Key);

        var first = grain.PassReadOnlyAsync("first");
        var second = grain.PassReadOnlyAsync("second");
        await Task.WhenAll(board.Noted("first starts"), board.Noted("second starts"));
        board.Open("first", "second");
        await Task.WhenAll(first, second);

        Assert.Equal(["first starts", "second starts"], board.Notes[..2].Order());
    }

    [Fact]
    public async Task A_writing_request_waits_for_a_reading_one()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IPlainGrain>(board.Key);

        var reading = grain.PassReadOnlyAsync("reading");
        await board.Noted("reading starts");
        var writing = grain.PassAsync("writing");
        await grain.LookAsync();
        var whileReading = board.Notes;
        board.Open("reading", "writing");
        await Task.WhenAll(reading, writing);

        Assert.Equal(["reading starts"], whileReading);
        Assert.Equal(["reading starts", "reading ends", "writing starts", "writing ends"], board.Notes);
    }

    [Fact]
    public async Task A_reading_request_waits_for_a_writing_one()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IPlainGrain>(board.Key);

        var writing = grain.PassAsync("writing");
        await board.Noted("writing starts");
        var reading = grain.PassReadOnlyAsync("reading");
        await grain.LookAsync();
        var whileWriting = board.Notes;
        board.Open("reading", "writing");
        await Task.WhenAll(reading, writing);

        Assert.Equal(["writing starts"], whileWriting);
        Assert.Equal(["writing starts", "writing ends", "reading starts", "reading ends"], board.Notes);
    }

    [Fact]
    public async Task Waiting_readers_start_together_when_the_writer_is_done()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IPlainGrain>(board.Key);

        var writing = grain.PassAsync("writing");
        await board.Noted("writing starts");
        var readers = Task.WhenAll(grain.PassReadOnlyAsync("one"), grain.PassReadOnlyAsync("two"));
        board.Open("writing");
        await Task.WhenAll(board.Noted("one starts"), board.Noted("two starts"));
        board.Open("one", "two");
        await Task.WhenAll(writing, readers);

        Assert.Equal(["writing starts", "writing ends"], board.Notes[..2]);
        Assert.Equal(["one starts", "two starts"], board.Notes[2..4].Order());
    }

    [Fact]
    public async Task A_writing_request_waits_for_the_readers_that_the_engine_says()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<IPlainGrain>(board.Key);

        var one = grain.PassReadOnlyAsync("one");
        await board.Noted("one starts");
        var two = grain.PassReadOnlyAsync("two");
        await board.Noted("two starts");
        var writing = grain.PassAsync("writing");
        await grain.LookAsync();
        board.Open("one", "writing");
        await one;
        if (EngineDifferences.WritersWaitForEveryReader) await grain.LookAsync();
        else await board.Noted("writing ends");
        var whileTwoReads = board.Notes;
        board.Open("two");
        await Task.WhenAll(two, writing);

        Assert.Equal(!EngineDifferences.WritersWaitForEveryReader, whileTwoReads.Contains("writing starts"));
    }
}
