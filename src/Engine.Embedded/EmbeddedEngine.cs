using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>All activations of this process: finds or makes the one a call is for, collects idle ones, answers overdue calls.</summary>
internal sealed class EmbeddedEngine : IGrainFactory, IDisposable
{
    private static readonly TimeSpan LongestSweepPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestSweepPeriod = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<GrainId, Activation> _activations = new();
    private readonly ConcurrentDictionary<GrainId, WorkerPool> _workers = new();
    private readonly GrainTypes _types;
    private ITimer? _sweepTimer;
    private volatile bool _running;

    public EmbeddedEngine(
        EmbeddedEngineOptions options, IServiceProvider services, EngineStore store, TimeProvider time, ILogger<EmbeddedEngine> log)
    {
        Options = options;
        Services = services;
        Store = store;
        Time = time;
        Log = log;
        _types = new GrainTypes(options.GrainAssemblies);
    }

    internal EmbeddedEngineOptions Options { get; }

    internal IServiceProvider Services { get; }

    internal EngineStore Store { get; }

    internal TimeProvider Time { get; }

    internal ILogger Log { get; }

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey =>
        (TGrainInterface)(object)Reference(typeof(TGrainInterface), primaryKey, grainClassNamePrefix);

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => (IGrain)(object)Reference(grainInterfaceType, grainPrimaryKey, null);

    public void Dispose() => _sweepTimer?.Dispose();

    internal void Start()
    {
        _running = true;
        var period = TimeSpan.FromTicks(Math.Min(Options.ResponseTimeout.Ticks, Options.CollectionAge.Ticks) / 8);
        if (period > LongestSweepPeriod) period = LongestSweepPeriod;
        if (period < ShortestSweepPeriod) period = ShortestSweepPeriod;
        _sweepTimer = Time.CreateTimer(_ => Sweep(), null, period, period);
    }

    /// <summary>Deactivates everything. Grains may still call each other while they end; afterwards calls are rejected.</summary>
    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The host is stopping.");
        try
        {
            while (AllActivations().ToList() is { Count: > 0 } open)
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (var activation in open) activation.Deactivate(reason, cancellationToken);
                await Task.WhenAll(open.Select(activation => activation.Deactivated)).WaitAsync(cancellationToken);
            }
        }
        finally
        {
            _running = false;
            _sweepTimer?.Dispose();
        }
    }

    internal object CreateReference(Type grainInterface, GrainId id) => _types.Interface(grainInterface).CreateReference(this, id);

    /// <summary>The grain of that stored identity, or null when no such class exists in this version of the program.</summary>
    internal GrainId? Find(string grainType, string key) => _types.ClassNamed(grainType) is { } found ? new GrainId(found, key) : null;

    internal void Send(GrainId id, Request request)
    {
        if (!_running)
        {
            request.Fail(new OrleansMessageRejectionException($"The engine is not running; {request} was not delivered to {id}."));
            return;
        }

        request.SentAt = Time.GetTimestamp();
        if (id.Class.MaxWorkers > 0)
        {
            _workers.GetOrAdd(id, static (id, engine) => new WorkerPool(engine, id), this).Send(request);
            return;
        }

        // An activation that refuses is gone, and out of the dictionary before it says so.
        while (!_activations.GetOrAdd(id, static (id, engine) => new Activation(engine, id, null, []), this).TryAccept(request))
        {
        }
    }

    /// <summary>
    /// Takes an ended activation out, and hands the calls that came too late for it to its successor. It is called while the old one is
    /// locked, so that no later call of the same caller overtakes them.
    /// </summary>
    internal void Replace(Activation ended, List<Request> pending)
    {
        if (pending.Count == 0)
        {
            _activations.TryRemove(new KeyValuePair<GrainId, Activation>(ended.GrainId, ended));
            return;
        }

        // It starts only once it can be found: a quick one could end before, and would then stay in the dictionary for ever.
        var successor = new Activation(this, ended.GrainId, null, pending);
        _activations[ended.GrainId] = successor;
        successor.Start();
    }

    private GrainReference Reference(Type grainInterface, string key, string? classNamePrefix)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        var resolved = _types.Interface(grainInterface);
        return resolved.CreateReference(this, new GrainId(resolved.ImplementingClass(classNamePrefix), key));
    }

    private IEnumerable<Activation> AllActivations() => _activations.Values.Concat(_workers.Values.SelectMany(pool => pool.Activations()));

    private void Sweep()
    {
        var now = Time.GetTimestamp();
        foreach (var (_, activation) in _activations) activation.Sweep(now);
        foreach (var (_, pool) in _workers)
            foreach (var activation in pool.Activations())
                activation.Sweep(now);
    }
}
