using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>A timer whose ticks are requests of its activation, so that they follow the same rules.</summary>
internal sealed class GrainTimer : IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly RequestMethod _method;
    private readonly CancellationTokenSource _disposed = new();
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private TimeSpan _dueTime;
    private TimeSpan _period;
    private bool _ticking;
    private bool _changed;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        _activation = activation;
        _callback = callback;
        _method = new RequestMethod("timer", options.Interleave, ReadOnly: false, OneWay: false)
        {
            Expires = false,
            KeepsAlive = options.KeepAlive,
            BelongsToActivation = true,
        };

        // A tick belongs to no caller, so it carries nobody's execution context.
        using (ExecutionContext.SuppressFlow())
            _timer = activation.Engine.Time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        RequireTime(dueTime, nameof(dueTime));
        RequireTime(period, nameof(period));
        lock (_gate)
        {
            _dueTime = dueTime;
            _period = period;
            _changed = true;
            if (!_ticking) _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _timer.Dispose();
        _activation.Forget(this);
    }

    private static void RequireTime(TimeSpan value, string name)
    {
        var milliseconds = (long)value.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, -1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(milliseconds, uint.MaxValue - 1, name);
    }

    private void Tick()
    {
        lock (_gate)
        {
            _ticking = true;
            _changed = false;
        }

        _activation.TryAccept(new TickRequest(this) { Method = _method });
    }

    private async Task TickAsync()
    {
        try
        {
            if (!_disposed.IsCancellationRequested) await _callback(_disposed.Token);
        }
        catch (Exception exception)
        {
            _activation.Engine.Log.LogWarning(exception, "A timer of {Grain} failed; it goes on.", _activation.GrainId);
        }

        lock (_gate)
        {
            _ticking = false;
            if (!_disposed.IsCancellationRequested) _timer.Change(_changed ? _dueTime : _period, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class TickRequest(GrainTimer timer) : Request<Nothing>
    {
        public override Task Invoke(object grain) => timer.TickAsync();
    }
}
