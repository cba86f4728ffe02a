using Orleans;
using Orleans.Concurrency;

namespace Splitstream.Engine.Tests.Grains;

internal abstract class ScriptedGrain : Grain, IScripted
{
    protected Board Board => Board.For(this.GetPrimaryKeyString());

    public Task PassAsync(string step) => Board.PassAsync(step);

    public Task PassInterleavingAsync(string step) => Board.PassAsync(step);

    public Task PassReadOnlyAsync(string step) => Board.PassAsync(step);

    public Task LookAsync() => Task.CompletedTask;
}

internal sealed class PlainGrain : ScriptedGrain, IPlainGrain
{
    public async Task NumberAsync(int number)
    {
        Board.Note($"{number} starts");
        await Task.Yield();
        Board.Note($"{number} ends");
    }
}

[Reentrant]
internal sealed class ReentrantGrain : ScriptedGrain, IReentrantGrain
{
    private int _turnsNow;
    private int _count;

    public async Task<int> AddOneAsync()
    {
        var before = Turn(() => _count);
        await Task.Yield();
        return Turn(() => _count += 1) - before;
    }

    public Task BlockTurnAsync(string step)
    {
        Board.Note($"{step} starts");
        Board.Gate(step).Wait(TimeSpan.FromSeconds(30));
        Board.Note($"{step} ends");
        return Task.CompletedTask;
    }

    public Task ContinueAtGateAsync(string step)
    {
        // The first continuation moves to the thread pool, where the second one could run in line, on a thread that is not the grain's.
        var opened = Board.Gate(step).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return opened.ContinueWith(
            _ => Board.Note($"{step} continues"), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Current);
    }

    public Task PassThroughSelfAsync(string step) => this.AsReference<IReentrantGrain>().PassAsync(step);

    private int Turn(Func<int> work)
    {
        if (Interlocked.Increment(ref _turnsNow) != 1) Board.Note("two turns at once");
        var result = work();
        Thread.SpinWait(50);
        Interlocked.Decrement(ref _turnsNow);
        return result;
    }
}
