using Orleans;
using Orleans.Runtime;

namespace Splitstream.Engine.Tests.Grains;

[GenerateSerializer]
public sealed class StoredState
{
    [Id(0)]
    public string? Text { get; set; }

    [Id(1)]
    public double[] Numbers { get; set; } = [];
}

/// <summary>One stored value, and a second view of the same, which stands for somebody else who writes.</summary>
internal interface IStateGrain : IGrainWithStringKey
{
    Task WriteAsync(string text, double[] numbers);

    Task<string?> TextAsync();

    Task<double[]> NumbersAsync();

    /// <summary>Existence and whether there is an etag, in that order.</summary>
    Task<bool[]> ExistsAsync();

    Task ClearAsync();

    /// <summary>Changes memory, then reads the stored value over it.</summary>
    Task ForgetChangesAsync();

    Task WriteAsSomebodyElseAsync(string text);

    /// <summary>Changes what is stored through the one view and then writes through the other, which does not know.</summary>
    Task ClearAndWriteAsSomebodyElseAsync(string text);

    /// <summary>A value under another name.</summary>
    Task<string?> OtherTextAsync();
}

internal sealed class StateGrain(
    [PersistentState("state")] IPersistentState<StoredState> state,
    [PersistentState("state")] IPersistentState<StoredState> sameState,
    [PersistentState("other")] IPersistentState<StoredState> other) : Grain, IStateGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Board.For(this.GetPrimaryKeyString()).Note($"activates with {state.State.Text ?? "nothing"}");
        return Task.CompletedTask;
    }

    public Task WriteAsync(string text, double[] numbers)
    {
        (state.State.Text, state.State.Numbers) = (text, numbers);
        return state.WriteStateAsync();
    }

    public Task<string?> TextAsync() => Task.FromResult(state.State.Text);

    public Task<double[]> NumbersAsync() => Task.FromResult(state.State.Numbers);

    public Task<bool[]> ExistsAsync() => Task.FromResult<bool[]>([state.RecordExists, state.Etag is not null]);

    public Task ClearAsync() => state.ClearStateAsync();

    public Task ForgetChangesAsync()
    {
        state.State.Text = "never written";
        return state.ReadStateAsync();
    }

    public Task WriteAsSomebodyElseAsync(string text)
    {
        sameState.State.Text = text;
        return sameState.WriteStateAsync();
    }

    public async Task ClearAndWriteAsSomebodyElseAsync(string text)
    {
        await state.ClearStateAsync();
        await WriteAsSomebodyElseAsync(text);
    }

    public Task<string?> OtherTextAsync() => Task.FromResult(other.State.Text);
}
