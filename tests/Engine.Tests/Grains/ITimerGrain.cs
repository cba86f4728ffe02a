using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Splitstream.Engine.Tests.Grains;

/// <summary>A timer whose ticks pass the steps "tick 1", "tick 2", ... and show their time on the board.</summary>
internal interface ITimerGrain : IGrainWithStringKey
{
    Task StartAsync(TimeSpan dueTime, TimeSpan period, bool interleave, bool keepAlive);

    /// <summary>Like <see cref="StartAsync"/>, with ticks that throw after they were noted.</summary>
    Task StartFailingAsync(TimeSpan dueTime, TimeSpan period);

    /// <summary>A timer whose tick waits for its token.</summary>
    Task StartWaitingForTokenAsync();

    Task ChangeAsync(TimeSpan dueTime, TimeSpan period);

    [AlwaysInterleave]
    Task DisposeTimerAsync();

    Task PassAsync(string step);

    Task DeactivateAsync();

    [AlwaysInterleave]
    Task LookAsync();
}

internal sealed class TimerGrain(TimeProvider time) : Grain, ITimerGrain
{
    private IGrainTimer? _timer;
    private int _ticks;

    private Board Board => Board.For(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Board.Note("activates");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Board.Note($"deactivates {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task StartAsync(TimeSpan dueTime, TimeSpan period, bool interleave, bool keepAlive)
    {
        _timer = this.RegisterGrainTimer(
            static (grain, _) => grain.TickAsync(),
            this,
            new GrainTimerCreationOptions(dueTime, period) { Interleave = interleave, KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public Task StartFailingAsync(TimeSpan dueTime, TimeSpan period)
    {
        _timer = this.RegisterGrainTimer(
            async () =>
            {
                await TickAsync();
                throw new FormatException("ticks fail");
            },
            dueTime,
            period);
        return Task.CompletedTask;
    }

    public Task StartWaitingForTokenAsync()
    {
        _timer = this.RegisterGrainTimer(
            async token =>
            {
                Board.Note("waits for token");
                await Task.Delay(Timeout.Infinite, token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Current);
                Board.Note("token cancelled");
            },
            TimeSpan.Zero,
            Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public Task ChangeAsync(TimeSpan dueTime, TimeSpan period)
    {
        _timer!.Change(dueTime, period);
        return Task.CompletedTask;
    }

    public Task DisposeTimerAsync()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public Task PassAsync(string step) => Board.PassAsync(step);

    public Task DeactivateAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task LookAsync() => Task.CompletedTask;

    private Task TickAsync()
    {
        Board.Shown.Enqueue(time.GetUtcNow());
        return Board.PassAsync($"tick {++_ticks}");
    }
}
