using Orleans;

namespace Splitstream.Engine.Tests.Grains;

internal sealed class CallGrain : Grain, ICallGrain
{
    public static readonly AsyncLocal<string?> Ambient = new();

    public Task<int> AddAsync(int left, int right) => Task.FromResult(left + right);

    public async ValueTask<string> JoinAsync(string[] parts, char separator, int? times, DateTimeOffset when)
    {
        await Task.Yield();
        return $"{string.Join(separator, parts)} {times} {when:O}";
    }

    public ValueTask NothingAsync() => ValueTask.CompletedTask;

    public Task<string> KeyAsync() => Task.FromResult(this.GetPrimaryKeyString());

    public async Task FailAsync(string message)
    {
        await Task.Yield();
        throw new FormatException(message);
    }

    public Task FailAtOnceAsync(string message) => throw new FormatException(message);

    public async ValueTask<int> FailWithValueAsync(string message)
    {
        await Task.Yield();
        throw new FormatException(message);
    }

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var board = Board.For(this.GetPrimaryKeyString());
        board.Note("waits");
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            board.Note("ends");
        }
    }

    public Task TellAsync(string step) => Board.For(this.GetPrimaryKeyString()).PassAsync(step);

    public Task TellAndFailAsync()
    {
        Board.For(this.GetPrimaryKeyString()).Note("fails");
        throw new FormatException("nobody hears this");
    }

    public async Task<int[]> SchedulersAsync()
    {
        var start = TaskScheduler.Current.Id;
        await Task.Yield();
        var yielded = TaskScheduler.Current.Id;
        await Task.Run(() => Thread.SpinWait(1000));
        var returned = TaskScheduler.Current.Id;
        await GrainFactory.GetGrain<ICallGrain>($"{this.GetPrimaryKeyString()}-other").AddAsync(1, 1);
        return [start, yielded, returned, TaskScheduler.Current.Id, await Task.Factory.StartNew(() => TaskScheduler.Current.Id)];
    }

    public Task<bool> SeesAmbientValueAsync() => Task.FromResult(Ambient.Value is not null);

    public Task CallInCircleAsync(string other) => GrainFactory.GetGrain<ICallGrain>(other).CallBackAsync(this.GetPrimaryKeyString());

    public Task CallBackAsync(string caller) => GrainFactory.GetGrain<ICallGrain>(caller).NothingAsync().AsTask();

    public Task<string> PassReferenceAsync(ICallGrain other) => other.KeyAsync();
}
