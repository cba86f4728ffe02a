using Orleans;

namespace Splitstream.Engine.Tests.Grains;

internal sealed class FragileGrain : Grain, IFragileGrain
{
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var board = Board.For(this.GetPrimaryKeyString());
        await board.PassAsync("activation");
        if (!board.Notes.Contains("healed")) throw new FormatException("not healed");
    }

    public Task CallAsync()
    {
        Board.For(this.GetPrimaryKeyString()).Note("called");
        return Task.CompletedTask;
    }
}

internal sealed class StillbornGrain : Grain, IStillbornGrain
{
    public StillbornGrain() => throw new FormatException("stillborn");

    public Task CallAsync() => Task.CompletedTask;
}
