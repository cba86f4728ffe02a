using Orleans.Storage;
using Splitstream.Engine.Tests.Grains;

namespace Splitstream.Engine.Tests;

/// <summary>Persistent state: read before activation, written under an etag.</summary>
public sealed class PersistentStateTests : IAsyncLifetime
{
    private readonly Board _board = Board.New();
    private EngineFixture _engine = null!;

    private IStateGrain Grain => _engine.Grains.GetGrain<IStateGrain>(_board.Key);

    public async Task InitializeAsync() => _engine = await EngineFixture.StartAsync(new() { Storage = true });

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task A_grain_without_stored_state_begins_with_a_new_value()
    {
        Assert.Null(await Grain.TextAsync());
        Assert.All(await Grain.ExistsAsync(), Assert.False);
    }

    [Fact]
    public async Task Written_state_is_there_before_the_next_activation_begins()
    {
        await Grain.WriteAsync("kept", [1, 2]);
        await _engine.RestartAsync();
        var text = await Grain.TextAsync();

        Assert.Equal("kept", text);
        Assert.Equal(["activates with nothing", "activates with kept"], _board.Notes);
        Assert.All(await Grain.ExistsAsync(), Assert.True);
    }

    [Fact]
    public async Task Numbers_come_back_bit_for_bit()
    {
        double[] numbers = [0.1, -0.0, 1e-320, double.MaxValue, double.Epsilon, 1.0 / 3, double.PositiveInfinity, double.NaN];

        await Grain.WriteAsync("numbers", numbers);
        await _engine.RestartAsync();

        Assert.Equal(numbers.Select(BitConverter.DoubleToInt64Bits), (await Grain.NumbersAsync()).Select(BitConverter.DoubleToInt64Bits));
    }

    [Fact]
    public async Task Text_of_every_kind_comes_back()
    {
        const string text = "quote \" backslash \\ newline \n 新規ユーザー 👩‍👩‍👧 <b>&amp;</b>";

        await Grain.WriteAsync(text, []);
        await _engine.RestartAsync();

        Assert.Equal(text, await Grain.TextAsync());
    }

    [Fact]
    public async Task Reading_again_drops_what_was_not_written()
    {
        await Grain.WriteAsync("written", []);
        await Grain.ForgetChangesAsync();

        Assert.Equal("written", await Grain.TextAsync());
    }

    [Fact]
    public async Task Cleared_state_is_gone_and_can_be_written_again()
    {
        await Grain.WriteAsync("first", []);
        await Grain.ClearAsync();
        var (text, exists) = (await Grain.TextAsync(), (await Grain.ExistsAsync())[0]);
        await _engine.RestartAsync();
        var afterRestart = await Grain.TextAsync();
        await Grain.WriteAsync("second", []);
        await _engine.RestartAsync();

        Assert.Null(text);
        Assert.False(exists);
        Assert.Null(afterRestart);
        Assert.Equal("second", await Grain.TextAsync());
    }

    [Fact]
    public async Task A_write_over_somebody_elses_write_is_refused_and_the_grain_begins_anew()
    {
        await Grain.WriteAsync("mine", []);

        await Assert.ThrowsAsync<InconsistentStateException>(() => Grain.WriteAsSomebodyElseAsync("theirs"));

        Assert.Equal("mine", await Grain.TextAsync());
        Assert.Equal(["activates with nothing", "activates with mine"], _board.Notes);
        await Grain.WriteAsync("mine again", []);
    }

    [Fact]
    public async Task A_write_over_a_cleared_state_is_refused()
    {
        await Grain.WriteAsync("mine", []);
        await _engine.RestartAsync();

        await Assert.ThrowsAsync<InconsistentStateException>(() => Grain.ClearAndWriteAsSomebodyElseAsync("theirs"));

        Assert.Null(await Grain.TextAsync());
    }

    [Fact]
    public async Task A_first_write_over_somebody_elses_first_write_is_refused()
    {
        await Grain.WriteAsSomebodyElseAsync("theirs");

        await Assert.ThrowsAsync<InconsistentStateException>(() => Grain.WriteAsync("mine", []));

        Assert.Equal("theirs", await Grain.TextAsync());
    }

    [Fact]
    public async Task States_of_other_names_and_other_grains_are_separate()
    {
        await Grain.WriteAsync("mine", []);
        await _engine.RestartAsync();

        Assert.Null(await Grain.OtherTextAsync());
        Assert.Null(await _engine.Grains.GetGrain<IStateGrain>(Board.New().Key).TextAsync());
    }
}
