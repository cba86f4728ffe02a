namespace Splitstream.Api.Tests;

/// <summary>A clock that stands still. Its timers run out when a test says so.</summary>
internal sealed class TestTime : TimeProvider
{
    private readonly TaskCompletionSource<(TimerCallback Callback, object? State)> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override DateTimeOffset GetUtcNow() => FakePorts.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _first.TrySetResult((callback, state));
        return new Timer();
    }

    /// <summary>Waits until something waits for a timer, and lets that run out.</summary>
    public async Task RunOutAsync()
    {
        (TimerCallback callback, object? state) = await _first.Task;
        callback(state);
    }

    private sealed class Timer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
