namespace Splitstream.Testing;

/// <summary>A clock that moves only when told to. Timers fire on the thread that moves it, in the order of their times.</summary>
/// <remarks>
/// Timers and timestamps follow the monotonic clock, which <see cref="Advance"/> moves together with the wall clock; a jump of the wall
/// clock alone leaves them where they are, as on a real machine.
/// A timer that is set again from another thread while the clock moves counts from where the clock is then. Tests that wait for work on
/// other threads use <see cref="AdvanceUntilAsync"/> and assert on times of this clock, never on real ones.
/// </remarks>
public sealed class ManualTime : TimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int LongestWaitPerStep = 50;

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    // The monotonic clock, as the time that the wall clock would show without its jumps.
    private DateTimeOffset _now;
    private TimeSpan _jumped;

    public ManualTime()
        : this(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public ManualTime(DateTimeOffset start) => _now = start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now + _jumped;
    }

    public override long GetTimestamp()
    {
        lock (_gate) return _now.Ticks;
    }

    /// <summary>Sets the wall clock forward or back; timers, timestamps and what they measure do not notice.</summary>
    /// <remarks>Together with an <see cref="Advance"/> by the same time the other way, only the monotonic clock moves.</remarks>
    public void JumpWallClock(TimeSpan by)
    {
        lock (_gate) _jumped += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock forward and fires what becomes due on the way, each at its own time.</summary>
    /// <param name="by">Zero or more.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target;
        lock (_gate) target = _now + by;
        while (NextDue(target) is { } due) due.Fire();
        lock (_gate) _now = target > _now ? target : _now;
    }

    /// <summary>Moves the clock in steps, letting other threads work between them, until the task is complete.</summary>
    /// <exception cref="TimeoutException">The task is not complete after a minute of real time.</exception>
    public async Task AdvanceUntilAsync(Task done, TimeSpan step)
    {
        var started = System.GetTimestamp();
        while (!done.IsCompleted)
        {
            if (System.GetElapsedTime(started) > Patience) throw new TimeoutException($"Still waiting when the manual clock showed {GetUtcNow():O}.");
            Advance(step);

            // What this step woke should be done before the next one, also on a busy machine; other tests' work may never be.
            var wait = 0;
            do await Task.WhenAny(done, Task.Delay(1));
            while (!done.IsCompleted && ThreadPool.PendingWorkItemCount > 0 && ++wait < LongestWaitPerStep);
        }

        await done;
    }

    private ManualTimer? NextDue(DateTimeOffset until)
    {
        lock (_gate)
        {
            var next = _timers.MinBy(timer => timer.Due);
            if (next is null || next.Due > until) return null;
            if (next.Due > _now) _now = next.Due;
            next.Rearm(_now);
            return next;
        }
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;
        private bool _disposed;

        public DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                if (_disposed) return false;
                time._timers.Remove(this);
                _period = period;
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = time._now + dueTime;
                time._timers.Add(this);
            }

            return true;
        }

        /// <summary>Called under the clock's lock, before the timer fires.</summary>
        public void Rearm(DateTimeOffset firedAt)
        {
            if (_period > TimeSpan.Zero) Due = firedAt + _period;
            else time._timers.Remove(this);
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (time._gate)
            {
                _disposed = true;
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
