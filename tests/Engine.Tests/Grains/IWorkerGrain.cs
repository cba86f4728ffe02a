using Orleans;
using Orleans.Concurrency;

namespace Splitstream.Engine.Tests.Grains;

/// <summary>A stateless worker of at most two activations.</summary>
internal interface IWorkerGrain : IGrainWithStringKey
{
    Task PassAsync(string step);

    [AlwaysInterleave]
    Task LookAsync();
}

[StatelessWorker(2)]
internal sealed class WorkerGrain : Grain, IWorkerGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Board.For(this.GetPrimaryKeyString()).Note("activates");
        return Task.CompletedTask;
    }

    public Task PassAsync(string step) => Board.For(this.GetPrimaryKeyString()).PassAsync(step);

    public Task LookAsync() => Task.CompletedTask;
}
