using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Splitstream.Engine.Embedded;

/// <summary>
/// One life of a grain object: a task scheduler that runs its turns one at a time, and the rules for which request may start when.
/// </summary>
/// <remarks>
/// Invariants, under <c>gate</c>: at most one thread runs turns; <c>exclusive</c> is 0 or 1 unless the class is reentrant, and 0 while
/// <c>readers</c> is positive; a request is in <c>waiting</c> or in <c>running</c>, never in both; once the phase is Gone nothing runs.
/// </remarks>
internal sealed class Activation : TaskScheduler, IGrainContext, IThreadPoolWorkItem
{
    private const int TurnsPerSlice = 64;

    private readonly Lock _gate = new();
    private readonly EmbeddedEngine _engine;
    private readonly WorkerPool? _pool;
    private readonly Queue<object> _turns = new();
    private readonly Queue<Request> _waiting = new();
    private readonly List<Request> _running = [];
    private readonly List<GrainTimer> _timers = [];
    private Phase _phase;
    private int _readers;
    private int _exclusive;
    private int _owed;
    private bool _scheduled;
    private int _turnThread;
    private long _lastUsed;
    private long _keepAliveUntil;
    private DeactivationReason? _deactivation;
    private TaskCompletionSource? _deactivated;
    private AsyncServiceScope _scope;

    /// <param name="pending">Calls that came too late for the activation before this one; they go before all others.</param>
    public Activation(EmbeddedEngine engine, GrainId id, WorkerPool? pool, IEnumerable<Request> pending)
    {
        _engine = engine;
        _pool = pool;
        GrainId = id;
        foreach (var request in pending) _waiting.Enqueue(request);
        _lastUsed = engine.Time.GetTimestamp();
    }

    private enum Phase
    {
        New,
        Activating,
        Active,
        Deactivating,
        Gone,
    }

    /// <summary>The activation whose turn this thread runs, or null.</summary>
    public static new Activation? Current => TaskScheduler.Current as Activation;

    public GrainId GrainId { get; }

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => _scope.ServiceProvider;

    public GrainReference GrainReference => (GrainReference)_engine.CreateReference(GrainId.Class.AnyInterface, GrainId);

    public override int MaximumConcurrencyLevel => 1;

    public Task Deactivated
    {
        get
        {
            lock (_gate)
            {
                if (_phase == Phase.Gone) return Task.CompletedTask;
                _deactivated ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _deactivated.Task;
            }
        }
    }

    /// <summary>Requests that run or wait; a great number once deactivation was asked for.</summary>
    public int Load
    {
        get
        {
            lock (_gate) return _phase >= Phase.Deactivating ? int.MaxValue : _running.Count + _waiting.Count;
        }
    }

    internal EmbeddedEngine Engine => _engine;

    /// <summary>Takes a request, to start now or later, here or in the next activation. False: this one is gone, look for another.</summary>
    public bool TryAccept(Request request)
    {
        lock (_gate)
        {
            if (_phase == Phase.Gone || (_phase == Phase.Deactivating && request.Method.BelongsToActivation)) return false;
            if (_phase == Phase.Active && MayStart(request.Method))
            {
                Begin(request);
                return true;
            }

            _waiting.Enqueue(request);
            BeginActivation();
            return true;
        }
    }

    /// <summary>Begins to activate for the calls it was made with, unless a later call has already caused that.</summary>
    public void Start()
    {
        lock (_gate) BeginActivation();
    }

    /// <summary>Called once for each request that began, on whatever thread its task completed.</summary>
    public void Finished(Request request, Exception? error)
    {
        if (error is not null) Observe(request, error);
        lock (_gate)
        {
            _running[request.Position] = _running[^1];
            _running[request.Position].Position = request.Position;
            _running.RemoveAt(_running.Count - 1);
            if (!request.Method.Interleaves && request.Method.ReadOnly) _readers--;
            else if (!request.Method.Interleaves) _exclusive--;
            if (request.Method.KeepsAlive) _lastUsed = _engine.Time.GetTimestamp();
            if (_phase == Phase.Active) StartWaiting(overtaking: _readers > 0);
            else if (_running.Count == 0) Enqueue((Action)(() => _ = DeactivateAsync()));
        }
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_phase >= Phase.Deactivating) return;
            _deactivation ??= deactivationReason;
            if (_phase == Phase.Active && _owed == 0) BeginDeactivation();
            else if (_phase == Phase.New && _waiting.Count == 0) Leave([]);
        }
    }

    public void DelayDeactivation(TimeSpan delay)
    {
        var ticks = delay.TotalSeconds * _engine.Time.TimestampFrequency;
        var now = _engine.Time.GetTimestamp();
        lock (_gate)
        {
            if (delay == Timeout.InfiniteTimeSpan || ticks >= long.MaxValue - now) _keepAliveUntil = long.MaxValue;
            else _keepAliveUntil = delay <= TimeSpan.Zero ? 0 : now + (long)ticks;
        }
    }

    public IGrainTimer AddTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        var timer = new GrainTimer(this, callback, options);
        lock (_gate) _timers.Add(timer);
        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    public void Forget(GrainTimer timer)
    {
        lock (_gate) _timers.Remove(timer);
    }

    /// <summary>Answers overdue calls and deactivates when idle for the collection age.</summary>
    public void Sweep(long now)
    {
        var options = _engine.Options;
        List<Request>? overdue = null;
        lock (_gate)
        {
            if (_running.Count + _waiting.Count > 0)
            {
                overdue = [.. _running.Concat(_waiting).Where(request =>
                    request.Method.Expires && !request.IsAnswered && _engine.Time.GetElapsedTime(request.SentAt, now) >= options.ResponseTimeout)];
            }
            else if (_phase == Phase.Active && now >= _keepAliveUntil && _engine.Time.GetElapsedTime(_lastUsed, now) >= options.CollectionAge)
            {
                _deactivation = new(DeactivationReasonCode.ActivationIdle, $"No request for {options.CollectionAge}.");
                BeginDeactivation();
            }
        }

        foreach (var request in overdue ?? [])
            request.Fail(new TimeoutException($"No answer within {options.ResponseTimeout} to {request} on {GrainId}."));
    }

    void IThreadPoolWorkItem.Execute()
    {
        _turnThread = Environment.CurrentManagedThreadId;
        for (var i = 0; i < TurnsPerSlice; i++)
        {
            object? turn;
            lock (_gate)
            {
                if (!_turns.TryDequeue(out turn))
                {
                    _turnThread = 0;
                    _scheduled = false;
                    return;
                }
            }

            // Tasks are made here rather than by the caller, so that they do not carry the caller's execution context into the grain.
            if (turn is Task continuation) TryExecuteTask(continuation);
            else new Task(Perform, turn).RunSynchronously(this);
        }

        _turnThread = 0;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    protected override void QueueTask(Task task)
    {
        lock (_gate) Enqueue(task);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        _turnThread == Environment.CurrentManagedThreadId && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate) return [.. _turns.OfType<Task>()];
    }

    private static void Perform(object? turn)
    {
        if (turn is Request request) request.Run();
        else ((Action)turn!)();
    }

    private void Enqueue(object turn)
    {
        _turns.Enqueue(turn);
        if (_scheduled) return;
        _scheduled = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    private bool MayStart(RequestMethod method) =>
        GrainId.Class.Reentrant || method.Interleaves || (_exclusive == 0 && (_readers == 0 || method.ReadOnly));

    private void Begin(Request request)
    {
        request.Activation = this;
        request.Position = _running.Count;
        _running.Add(request);
        if (_owed > 0) _owed--;
        if (!request.Method.Interleaves && request.Method.ReadOnly) _readers++;
        else if (!request.Method.Interleaves) _exclusive++;
        Enqueue(request);
    }

    /// <summary>Starts what may start, in order; <paramref name="overtaking"/>: also behind requests that must go on waiting.</summary>
    /// <remarks>
    /// An activation runs at least the requests that it was made for, even when its end was asked for before it began: else a host that
    /// stops could pass them on from activation to activation for ever.
    /// </remarks>
    private void StartWaiting(bool overtaking)
    {
        for (var left = _waiting.Count; left > 0; left--)
        {
            if (MayStart(_waiting.Peek().Method)) Begin(_waiting.Dequeue());
            else if (overtaking) _waiting.Enqueue(_waiting.Dequeue());
            else break;
        }

        if (_deactivation is not null && _owed == 0) BeginDeactivation();
    }

    private void BeginActivation()
    {
        if (_phase != Phase.New) return;
        _phase = Phase.Activating;
        Enqueue((Action)(() => _ = ActivateAsync()));
    }

    private async Task ActivateAsync()
    {
        try
        {
            _scope = _engine.Services.CreateAsyncScope();
            GrainInstance = await GrainId.Class.CreateAsync(this, _engine.Store);
            if (GrainInstance is IGrainBase grain) await grain.OnActivateAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            await FailActivationAsync(exception);
            return;
        }

        lock (_gate)
        {
            _phase = Phase.Active;
            _lastUsed = _engine.Time.GetTimestamp();
            _owed = _waiting.Count;
            StartWaiting(overtaking: true);
        }
    }

    private async Task FailActivationAsync(Exception exception)
    {
        _engine.Log.LogWarning(exception, "Grain {Grain} failed to activate.", GrainId);
        await DisposeGrainAsync();
        Request[] refused;
        lock (_gate)
        {
            refused = [.. _waiting];
            _waiting.Clear();
            Leave([]);
        }

        _pool?.Remove(this);
        foreach (var request in refused) request.Fail(exception);
    }

    private void BeginDeactivation()
    {
        _phase = Phase.Deactivating;
        Enqueue((Action)StopTimers);
        if (_running.Count == 0) Enqueue((Action)(() => _ = DeactivateAsync()));
    }

    private async Task DeactivateAsync()
    {
        try
        {
            using var timeout = new CancellationTokenSource(_engine.Options.DeactivationTimeout, _engine.Time);
            if (GrainInstance is IGrainBase grain) await grain.OnDeactivateAsync(_deactivation!.Value, timeout.Token).WaitAsync(timeout.Token);
        }
        catch (Exception exception)
        {
            _engine.Log.LogWarning(exception, "Grain {Grain} failed while it deactivated.", GrainId);
        }

        await DisposeGrainAsync();
        List<Request> pending;
        lock (_gate)
        {
            pending = [.. _waiting.Where(request => !request.Method.BelongsToActivation && !request.IsAnswered)];
            _waiting.Clear();
            Leave(pending);
        }

        if (_pool is null) return;
        _pool.Remove(this);
        foreach (var request in pending) _pool.Send(request);
    }

    private void StopTimers()
    {
        GrainTimer[] stopping;
        lock (_gate) stopping = [.. _timers];
        foreach (var timer in stopping) timer.Dispose();
    }

    private void Leave(List<Request> pending)
    {
        if (_pool is null) _engine.Replace(this, pending);
        _phase = Phase.Gone;
        _deactivated?.SetResult();
    }

    private async Task DisposeGrainAsync()
    {
        try
        {
            StopTimers();
            if (GrainInstance is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync();
            else if (GrainInstance is IDisposable disposable) disposable.Dispose();
            await _scope.DisposeAsync();
        }
        catch (Exception exception)
        {
            _engine.Log.LogWarning(exception, "Grain {Grain} failed while it was disposed.", GrainId);
        }
        finally
        {
            GrainInstance = null;
        }
    }

    private void Observe(Request request, Exception error)
    {
        if (request.Method.OneWay)
            _engine.Log.LogWarning(error, "One-way request {Request} failed on {Grain}.", request, GrainId);

        // The state in memory is stale: the next activation reads it anew.
        if (error is InconsistentStateException)
            Deactivate(new(DeactivationReasonCode.ApplicationError, error, "The stored state was changed by somebody else."));
    }
}
