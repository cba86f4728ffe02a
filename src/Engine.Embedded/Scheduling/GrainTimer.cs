using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>A timer whose ticks are requests of its activation, so that they follow the same rules.</summary>
internal sealed class GrainTimer : IGrainTimer
{
    private readonly Activation activation;
    private readonly Func<CancellationToken, Task> callback;
    private readonly RequestMethod method;
    private readonly CancellationTokenSource disposed = new();
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private TimeSpan dueTime;
    private TimeSpan period;
    private bool ticking;
    private bool changed;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        this.activation = activation;
        this.callback = callback;
        method = new RequestMethod("timer", options.Interleave, ReadOnly: false, OneWay: false)
        {
            Expires = false,
            KeepsAlive = options.KeepAlive,
            BelongsToActivation = true,
        };

        // A tick belongs to no caller, so it carries nobody's execution context.
        using (ExecutionContext.SuppressFlow())
            timer = activation.Engine.Time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        RequireTime(dueTime, nameof(dueTime));
        RequireTime(period, nameof(period));
        lock (gate)
        {
            this.dueTime = dueTime;
            this.period = period;
            changed = true;
            if (!ticking) timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        disposed.Cancel();
        timer.Dispose();
        activation.Forget(this);
    }

    private static void RequireTime(TimeSpan value, string name)
    {
        var milliseconds = (long)value.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, -1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(milliseconds, uint.MaxValue - 1, name);
    }

    private void Tick()
    {
        lock (gate)
        {
            ticking = true;
            changed = false;
        }

        activation.TryAccept(new TickRequest(this) { Method = method });
    }

    private async Task TickAsync()
    {
        try
        {
            if (!disposed.IsCancellationRequested) await callback(disposed.Token);
        }
        catch (Exception exception)
        {
            activation.Engine.Log.LogWarning(exception, "A timer of {Grain} failed; it goes on.", activation.GrainId);
        }

        lock (gate)
        {
            ticking = false;
            if (!disposed.IsCancellationRequested) timer.Change(changed ? dueTime : period, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class TickRequest(GrainTimer timer) : Request<Nothing>
    {
        public override Task Invoke(object grain) => timer.TickAsync();
    }
}
