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

    private readonly Lock gate = new();
    private readonly EmbeddedEngine engine;
    private readonly WorkerPool? pool;
    private readonly Queue<object> turns = new();
    private readonly Queue<Request> waiting = new();
    private readonly List<Request> running = [];
    private readonly List<GrainTimer> timers = [];
    private Phase phase;
    private int readers;
    private int exclusive;
    private int owed;
    private bool scheduled;
    private int turnThread;
    private long lastUsed;
    private long keepAliveUntil;
    private DeactivationReason? deactivation;
    private TaskCompletionSource? deactivated;
    private AsyncServiceScope scope;

    /// <param name="pending">Calls that came too late for the activation before this one; they go before all others.</param>
    public Activation(EmbeddedEngine engine, GrainId id, WorkerPool? pool, IEnumerable<Request> pending)
    {
        this.engine = engine;
        this.pool = pool;
        GrainId = id;
        foreach (var request in pending) waiting.Enqueue(request);
        lastUsed = engine.Time.GetTimestamp();
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

    public IServiceProvider ActivationServices => scope.ServiceProvider;

    public GrainReference GrainReference => (GrainReference)engine.CreateReference(GrainId.Class.AnyInterface, GrainId);

    public override int MaximumConcurrencyLevel => 1;

    public Task Deactivated
    {
        get
        {
            lock (gate)
            {
                if (phase == Phase.Gone) return Task.CompletedTask;
                deactivated ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return deactivated.Task;
            }
        }
    }

    /// <summary>Requests that run or wait; a great number once deactivation was asked for.</summary>
    public int Load
    {
        get
        {
            lock (gate) return phase >= Phase.Deactivating ? int.MaxValue : running.Count + waiting.Count;
        }
    }

    internal EmbeddedEngine Engine => engine;

    /// <summary>Takes a request, to start now or later, here or in the next activation. False: this one is gone, look for another.</summary>
    public bool TryAccept(Request request)
    {
        lock (gate)
        {
            if (phase == Phase.Gone || (phase == Phase.Deactivating && request.Method.BelongsToActivation)) return false;
            if (phase == Phase.Active && MayStart(request.Method))
            {
                Begin(request);
                return true;
            }

            waiting.Enqueue(request);
            BeginActivation();
            return true;
        }
    }

    /// <summary>Begins to activate for the calls it was made with, unless a later call has already caused that.</summary>
    public void Start()
    {
        lock (gate) BeginActivation();
    }

    /// <summary>Called once for each request that began, on whatever thread its task completed.</summary>
    public void Finished(Request request, Exception? error)
    {
        if (error is not null) Observe(request, error);
        lock (gate)
        {
            running[request.Position] = running[^1];
            running[request.Position].Position = request.Position;
            running.RemoveAt(running.Count - 1);
            if (!request.Method.Interleaves && request.Method.ReadOnly) readers--;
            else if (!request.Method.Interleaves) exclusive--;
            if (request.Method.KeepsAlive) lastUsed = engine.Time.GetTimestamp();
            if (phase == Phase.Active) StartWaiting(overtaking: readers > 0);
            else if (running.Count == 0) Enqueue((Action)(() => _ = DeactivateAsync()));
        }
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            if (phase >= Phase.Deactivating) return;
            deactivation ??= deactivationReason;
            if (phase == Phase.Active && owed == 0) BeginDeactivation();
            else if (phase == Phase.New && waiting.Count == 0) Leave([]);
        }
    }

    public void DelayDeactivation(TimeSpan delay)
    {
        var ticks = delay.TotalSeconds * engine.Time.TimestampFrequency;
        var now = engine.Time.GetTimestamp();
        lock (gate)
        {
            if (delay == Timeout.InfiniteTimeSpan || ticks >= long.MaxValue - now) keepAliveUntil = long.MaxValue;
            else keepAliveUntil = delay <= TimeSpan.Zero ? 0 : now + (long)ticks;
        }
    }

    public IGrainTimer AddTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        var timer = new GrainTimer(this, callback, options);
        lock (gate) timers.Add(timer);
        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    public void Forget(GrainTimer timer)
    {
        lock (gate) timers.Remove(timer);
    }

    /// <summary>Answers overdue calls and deactivates when idle for the collection age.</summary>
    public void Sweep(long now)
    {
        var options = engine.Options;
        List<Request>? overdue = null;
        lock (gate)
        {
            if (running.Count + waiting.Count > 0)
            {
                overdue = [.. running.Concat(waiting).Where(request =>
                    request.Method.Expires && !request.IsAnswered && engine.Time.GetElapsedTime(request.SentAt, now) >= options.ResponseTimeout)];
            }
            else if (phase == Phase.Active && now >= keepAliveUntil && engine.Time.GetElapsedTime(lastUsed, now) >= options.CollectionAge)
            {
                deactivation = new(DeactivationReasonCode.ActivationIdle, $"No request for {options.CollectionAge}.");
                BeginDeactivation();
            }
        }

        foreach (var request in overdue ?? [])
            request.Fail(new TimeoutException($"No answer within {options.ResponseTimeout} to {request} on {GrainId}."));
    }

    void IThreadPoolWorkItem.Execute()
    {
        turnThread = Environment.CurrentManagedThreadId;
        for (var i = 0; i < TurnsPerSlice; i++)
        {
            object? turn;
            lock (gate)
            {
                if (!turns.TryDequeue(out turn))
                {
                    turnThread = 0;
                    scheduled = false;
                    return;
                }
            }

            // Tasks are made here rather than by the caller, so that they do not carry the caller's execution context into the grain.
            if (turn is Task continuation) TryExecuteTask(continuation);
            else new Task(Perform, turn).RunSynchronously(this);
        }

        turnThread = 0;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    protected override void QueueTask(Task task)
    {
        lock (gate) Enqueue(task);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        turnThread == Environment.CurrentManagedThreadId && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (gate) return [.. turns.OfType<Task>()];
    }

    private static void Perform(object? turn)
    {
        if (turn is Request request) request.Run();
        else ((Action)turn!)();
    }

    private void Enqueue(object turn)
    {
        turns.Enqueue(turn);
        if (scheduled) return;
        scheduled = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    private bool MayStart(RequestMethod method) =>
        GrainId.Class.Reentrant || method.Interleaves || (exclusive == 0 && (readers == 0 || method.ReadOnly));

    private void Begin(Request request)
    {
        request.Activation = this;
        request.Position = running.Count;
        running.Add(request);
        if (owed > 0) owed--;
        if (!request.Method.Interleaves && request.Method.ReadOnly) readers++;
        else if (!request.Method.Interleaves) exclusive++;
        Enqueue(request);
    }

    /// <summary>Starts what may start, in order; <paramref name="overtaking"/>: also behind requests that must go on waiting.</summary>
    /// <remarks>
    /// An activation runs at least the requests that it was made for, even when its end was asked for before it began: else a host that
    /// stops could pass them on from activation to activation for ever.
    /// </remarks>
    private void StartWaiting(bool overtaking)
    {
        for (var left = waiting.Count; left > 0; left--)
        {
            if (MayStart(waiting.Peek().Method)) Begin(waiting.Dequeue());
            else if (overtaking) waiting.Enqueue(waiting.Dequeue());
            else break;
        }

        if (deactivation is not null && owed == 0) BeginDeactivation();
    }

    private void BeginActivation()
    {
        if (phase != Phase.New) return;
        phase = Phase.Activating;
        Enqueue((Action)(() => _ = ActivateAsync()));
    }

    private async Task ActivateAsync()
    {
        try
        {
            scope = engine.Services.CreateAsyncScope();
            GrainInstance = await GrainId.Class.CreateAsync(this, engine.Store);
            if (GrainInstance is IGrainBase grain) await grain.OnActivateAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            await FailActivationAsync(exception);
            return;
        }

        lock (gate)
        {
            phase = Phase.Active;
            lastUsed = engine.Time.GetTimestamp();
            owed = waiting.Count;
            StartWaiting(overtaking: true);
        }
    }

    private async Task FailActivationAsync(Exception exception)
    {
        engine.Log.LogWarning(exception, "Grain {Grain} failed to activate.", GrainId);
        await DisposeGrainAsync();
        Request[] refused;
        lock (gate)
        {
            refused = [.. waiting];
            waiting.Clear();
            Leave([]);
        }

        pool?.Remove(this);
        foreach (var request in refused) request.Fail(exception);
    }

    private void BeginDeactivation()
    {
        phase = Phase.Deactivating;
        Enqueue((Action)StopTimers);
        if (running.Count == 0) Enqueue((Action)(() => _ = DeactivateAsync()));
    }

    private async Task DeactivateAsync()
    {
        try
        {
            using var timeout = new CancellationTokenSource(engine.Options.DeactivationTimeout, engine.Time);
            if (GrainInstance is IGrainBase grain) await grain.OnDeactivateAsync(deactivation!.Value, timeout.Token).WaitAsync(timeout.Token);
        }
        catch (Exception exception)
        {
            engine.Log.LogWarning(exception, "Grain {Grain} failed while it deactivated.", GrainId);
        }

        await DisposeGrainAsync();
        List<Request> pending;
        lock (gate)
        {
            pending = [.. waiting.Where(request => !request.Method.BelongsToActivation && !request.IsAnswered)];
            waiting.Clear();
            Leave(pending);
        }

        if (pool is null) return;
        pool.Remove(this);
        foreach (var request in pending) pool.Send(request);
    }

    private void StopTimers()
    {
        GrainTimer[] stopping;
        lock (gate) stopping = [.. timers];
        foreach (var timer in stopping) timer.Dispose();
    }

    private void Leave(List<Request> pending)
    {
        if (pool is null) engine.Replace(this, pending);
        phase = Phase.Gone;
        deactivated?.SetResult();
    }

    private async Task DisposeGrainAsync()
    {
        try
        {
            StopTimers();
            if (GrainInstance is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync();
            else if (GrainInstance is IDisposable disposable) disposable.Dispose();
            await scope.DisposeAsync();
        }
        catch (Exception exception)
        {
            engine.Log.LogWarning(exception, "Grain {Grain} failed while it was disposed.", GrainId);
        }
        finally
        {
            GrainInstance = null;
        }
    }

    private void Observe(Request request, Exception error)
    {
        if (request.Method.OneWay)
            engine.Log.LogWarning(error, "One-way request {Request} failed on {Grain}.", request, GrainId);

        // The state in memory is stale: the next activation reads it anew.
        if (error is InconsistentStateException)
            Deactivate(new(DeactivationReasonCode.ApplicationError, error, "The stored state was changed by somebody else."));
    }
}
