using Orleans;
using Splitstream.Engine.Tests.Grains;

namespace Splitstream.Engine.Tests;

/// <summary>Arguments, answers, exceptions and addresses.</summary>
public sealed class CallTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Arguments_and_results_of_every_kind_of_method_arrive()
    {
        var grain = engine.Grains.GetGrain<ICallGrain>(Board.New().Key);
        var noon = new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

        var sum = await grain.AddAsync(2, 3);
        var text = await grain.JoinAsync(["a", "b"], '-', 7, noon);
        await grain.NothingAsync();

        Assert.Equal(5, sum);
        Assert.Equal($"a-b 7 {noon:O}", text);
    }

    [Fact]
    public async Task Exceptions_reach_the_caller_with_their_type_and_message()
    {
        var grain = engine.Grains.GetGrain<ICallGrain>(Board.New().Key);

        var later = await Assert.ThrowsAsync<FormatException>(() => grain.FailAsync("later"));
        var atOnce = await Assert.ThrowsAsync<FormatException>(() => grain.FailAtOnceAsync("at once"));
        var value = await Assert.ThrowsAsync<FormatException>(async () => await grain.FailWithValueAsync("value"));

        Assert.Equal(["later", "at once", "value"], [later.Message, atOnce.Message, value.Message]);
    }

    [Fact]
    public void A_call_never_throws_before_its_task_is_returned()
    {
        var grain = engine.Grains.GetGrain<ICallGrain>(Board.New().Key);

        var task = grain.FailAtOnceAsync("at once");

        Assert.NotNull(task);
    }

    [Fact]
    public async Task A_cancellation_token_reaches_the_grain()
    {
        var board = Board.New();
        using var cancellation = new CancellationTokenSource();

        var call = engine.Grains.GetGrain<ICallGrain>(board.Key).WaitAsync(cancellation.Token);
        await board.Noted("waits");
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await board.Noted("ends");
    }

    [Fact]
    public async Task A_one_way_call_is_complete_for_the_caller_before_the_grain_is_done()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<ICallGrain>(board.Key);

        await grain.TellAsync("step");
        await board.Noted("step starts");
        var before = board.Notes;
        board.Open("step");
        await board.Noted("step ends");

        Assert.Equal(["step starts"], before);
    }

    [Fact]
    public async Task A_one_way_call_that_fails_bothers_nobody()
    {
        var board = Board.New();
        var grain = engine.Grains.GetGrain<ICallGrain>(board.Key);

        await grain.TellAndFailAsync();
        await board.Noted("fails");

        Assert.Equal(3, await grain.AddAsync(1, 2));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("with/slash and space")]
    [InlineData("新規ユーザー")]
    [InlineData("Case")]
    public async Task A_grain_knows_its_key(string key)
    {
        Assert.Equal(key, await engine.Grains.GetGrain<ICallGrain>(key).KeyAsync());
        Assert.Equal(key, engine.Grains.GetGrain<ICallGrain>(key).GetPrimaryKeyString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(null)]
    public void A_blank_key_is_refused(string? key)
    {
        Assert.ThrowsAny<ArgumentException>(() => engine.Grains.GetGrain<ICallGrain>(key!));
    }

    [Fact]
    public void An_interface_without_a_class_is_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => engine.Grains.GetGrain<INobodysGrain>("key"));
    }

    [Fact]
    public async Task References_can_be_passed_and_compared()
    {
        var (one, other) = (Board.New(), Board.New());

        var reference = engine.Grains.GetGrain<ICallGrain>(other.Key);
        var key = await engine.Grains.GetGrain<ICallGrain>(one.Key).PassReferenceAsync(reference);

        Assert.Equal(other.Key, key);
        Assert.Equal(engine.Grains.GetGrain<ICallGrain>(other.Key), reference);
        Assert.NotEqual(engine.Grains.GetGrain<ICallGrain>(one.Key), reference);
        Assert.Equal(engine.Grains.GetGrain<ICallGrain>(other.Key).GetHashCode(), reference.GetHashCode());
    }

    [Fact]
    public async Task Ambient_values_of_the_caller_do_not_reach_the_grain()
    {
        var grain = engine.Grains.GetGrain<ICallGrain>(Board.New().Key);
        CallGrain.Ambient.Value = "the caller's";

        var first = await grain.SeesAmbientValueAsync();
        var again = await grain.SeesAmbientValueAsync();

        Assert.False(first || again);
    }

    [Fact]
    public async Task A_circle_of_calls_ends_with_a_timeout()
    {
        await using var impatient = await EngineFixture.StartAsync(new() { ResponseTimeout = TimeSpan.FromSeconds(3) });
        var (one, other) = (Board.New(), Board.New());

        var circle = impatient.Grains.GetGrain<ICallGrain>(one.Key).CallInCircleAsync(other.Key);

        await Assert.ThrowsAsync<TimeoutException>(() => circle);
        Assert.Equal(3, await impatient.Grains.GetGrain<ICallGrain>(other.Key).AddAsync(1, 2));
    }

    [Fact]
    public async Task A_request_that_timed_out_while_it_waited_is_not_run_later()
    {
        await using var impatient = await EngineFixture.StartAsync(new() { ResponseTimeout = TimeSpan.FromSeconds(3) });
        var board = Board.New();
        var grain = impatient.Grains.GetGrain<IPlainGrain>(board.Key);

        var running = grain.PassAsync("running");
        await board.Noted("running starts");
        await Assert.ThrowsAsync<TimeoutException>(() => grain.PassAsync("waiting"));

        // Where caller and grain have clocks of their own, the request may expire a moment after the caller gave up.
        await Assert.ThrowsAsync<TimeoutException>(() => grain.PassAsync("much later"));
        board.Open("running", "waiting", "much later", "last");
        await Assert.ThrowsAsync<TimeoutException>(() => running);
        await grain.PassAsync("last");

        Assert.DoesNotContain("waiting starts", board.Notes);
    }
}
