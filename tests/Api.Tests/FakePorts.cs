using System.Collections.Concurrent;
using System.Collections.Immutable;
using Splitstream.Api.Health;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Audit;
using Splitstream.Grains.Interfaces.Catalog;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Events;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Grains.Interfaces.MutexGroups;
using Splitstream.Grains.Interfaces.Units;

namespace Splitstream.Api.Tests;

/// <summary>The ports in memory. They keep what they were given, so that tests can tell that nothing was stored.</summary>
internal sealed class FakePorts
    : IAssigner, IUnitDirectory, IEventBuffer, IIngestLedger, IExperimentReader, IMetricStore, ICertificates, IPowerPlanner, IMutexGroupStore, IApiKeyRing, IApiKeyStore, IAuditLog, IReadiness, IFreshness, IFaults
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly ApiKey Admin = Key("admin", "owner", ApiScopes.All);
    public static readonly ApiKey Client = Key("client", "shop", ApiScopes.Client);
    public static readonly ApiKey Reader = Key("reader", "analyst", ApiScopes.Read);
    public static readonly ApiKey Manager = Key("manager", "manager", ApiScopes.Manage);
    public static readonly ApiKey Pinned = Key("pinned", "pinned", ApiScopes.Client) with { Origins = ["https://shop.example"] };

    /// <summary>Everything that was written through a port, in order.</summary>
    public ConcurrentQueue<object> Writes { get; } = new();

    public ConcurrentDictionary<string, ApiKey> Keys { get; } = new(StringComparer.Ordinal)
    {
        ["admin-secret"] = Admin,
        ["client-secret"] = Client,
        ["reader-secret"] = Reader,
        ["manager-secret"] = Manager,
        ["pinned-secret"] = Pinned,
    };

    public ConcurrentDictionary<string, ExperimentState> Experiments { get; } = new(StringComparer.Ordinal);

    /// <summary>The experiment that a certificate was asked for last.</summary>
    public PlannedExperiment? Planned { get; private set; }

    /// <summary>The plan whose power was asked for last.</summary>
    public PlannedPower? PlannedPower { get; private set; }

    public ConcurrentDictionary<string, MetricDefinition> Metrics { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, MutexGroup> Groups { get; } = new(StringComparer.Ordinal);

    public List<AuditEntry> Audit { get; } = [];

    /// <summary>What the assigner answers for every experiment.</summary>
    public Func<string, UnitAssignment> Assignment { get; set; } =
        key => new UnitAssignment(key, "treatment", DecisionReason.Sticky, """{"color":"red","n":1.10}""", Now);

    public bool IsAssured => true;

    public Exception? Failure { get; set; }

    public Problem? BufferRefusal { get; set; }

    public bool IsReady { get; set; } = true;

    public bool AnswersKnownUnits { get; set; }

    public ValueTask<Trust> EnsureAsync(CancellationToken cancellation) => new(Trust.Memory);

    public bool IsUnavailable(Exception exception) => exception is StorageUnavailableException;

    public (UnitId Unit, IReadOnlyList<string>? Experiments, string Country, bool DryRun) LastAssign { get; private set; }

    public ValueTask<ImmutableArray<UnitAssignment>> AssignAsync(
        UnitId unit, IReadOnlyList<string>? experiments, AttributeSet attributes, bool dryRun, CancellationToken cancellation)
    {
        Fail();
        LastAssign = (unit, experiments, attributes.Get("country").ToString(), dryRun);
        if (!dryRun)
        {
            Writes.Enqueue(unit);
        }

        return new([.. (experiments ?? ["one", "two"]).Select(Assignment)]);
    }

    public Task<Explanation?> ExplainAsync(UnitId unit, string experiment, AttributeSet attributes, CancellationToken cancellation) =>
        Task.FromResult(experiment == "absent" ? null : new Explanation(Assignment(experiment), [new DecisionStep(DecisionReason.Sticky, true, "there is a row")]));

    public Task<IReadOnlyList<UnitRow>> LookupAsync(UnitId unit, CancellationToken cancellation)
    {
        Fail();
        return Task.FromResult<IReadOnlyList<UnitRow>>([new UnitRow("one", "treatment", Now)]);
    }

    public Task<Outcome<RebucketResult>> RebucketAsync(UnitId unit, string experiment, Actor actor, CancellationToken cancellation)
    {
        if (unit.Value == "nobody")
        {
            return Task.FromResult<Outcome<RebucketResult>>(new Problem(ErrorCode.AssignmentNotFound, "There is no row."));
        }

        Writes.Enqueue((unit, experiment, actor));
        return Task.FromResult<Outcome<RebucketResult>>(new RebucketResult("treatment", 3));
    }

    public Task<Outcome<IngestReceipt>> AppendAsync(IngestBatch batch, CancellationToken cancellation)
    {
        Fail();
        if (BufferRefusal is { } refusal)
        {
            return Task.FromResult<Outcome<IngestReceipt>>(refusal);
        }

        Writes.Enqueue(batch);
        return Task.FromResult<Outcome<IngestReceipt>>(new IngestReceipt(batch.Exposures.Length + batch.Events.Length, 0, 0, batch.Rejected));
    }

    Task<IReadOnlyList<LedgerEntry>> IIngestLedger.ReadAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<LedgerEntry>>([new LedgerEntry("event", 10, 4, 3, 1, 1, 1, 0, 2)]);

    Task<IReadOnlyList<ExperimentState>> IExperimentReader.ListAsync(int limit, string? afterKey, CancellationToken cancellation) =>
        Page(Experiments, limit, afterKey);

    public Task<Outcome<MetricDefinition>> CreateAsync(MetricDefinition metric, Actor actor, CancellationToken cancellation)
    {
        if (!Metrics.TryAdd(metric.Key, metric))
        {
            return Task.FromResult<Outcome<MetricDefinition>>(new Problem(ErrorCode.MetricAlreadyExists, "The key is taken."));
        }

        Writes.Enqueue(metric);
        return Task.FromResult<Outcome<MetricDefinition>>(metric);
    }

    Task<MetricDefinition?> IMetricStore.FindAsync(string key, CancellationToken cancellation) => Task.FromResult(Metrics.GetValueOrDefault(key));

    Task<CertificateResult> ICertificates.CertifyAsync(PlannedExperiment planned, CancellationToken cancellation)
    {
        Planned = planned;
        return Task.FromResult(CertificateResult.Without("unavailable", "no_plan", "0.1.0"));
    }

    Task<PeekingAuditResult?> ICertificates.AuditPeekingAsync(string experiment, CancellationToken cancellation) => Task.FromResult(
        Experiments.ContainsKey(experiment) ? new PeekingAuditResult(experiment, 0, 0, 0, null, null, null, "no_looks") : null);

    Task<PowerPlanResult?> IPowerPlanner.PlanAsync(PlannedPower planned, CancellationToken cancellation)
    {
        PlannedPower = planned;
        return Task.FromResult<PowerPlanResult?>(new PowerPlanResult(
            planned.Rule.Alpha, planned.Power, "treatment", planned.Mde, planned.Days, planned.UnitsPerDay, 4_000, [], 1_000, 1, "0.1.0"));
    }

    Task<IReadOnlyList<MetricDefinition>> IMetricStore.ListAsync(int limit, string? afterKey, CancellationToken cancellation) =>
        Page(Metrics, limit, afterKey);

    public Task<Outcome<MutexGroup>> CreateAsync(
        string key, string name, ImmutableSortedDictionary<string, double> shares, Actor actor, CancellationToken cancellation)
    {
        var group = new MutexGroup(1, key, name, "seed", shares, Now);
        if (!Groups.TryAdd(key, group))
        {
            return Task.FromResult<Outcome<MutexGroup>>(new Problem(ErrorCode.MutexGroupAlreadyExists, "The key is taken."));
        }

        Writes.Enqueue(group);
        return Task.FromResult<Outcome<MutexGroup>>(group);
    }

    Task<MutexGroup?> IMutexGroupStore.FindAsync(string key, CancellationToken cancellation) => Task.FromResult(Groups.GetValueOrDefault(key));

    Task<IReadOnlyList<MutexGroup>> IMutexGroupStore.ListAsync(int limit, string? afterKey, CancellationToken cancellation) =>
        Page(Groups, limit, afterKey);

    public ApiKey? Find(ReadOnlySpan<char> secret) => Keys.GetValueOrDefault(secret.ToString());

    public bool AllowsOrigin(string origin) => origin == "https://shop.example";

    public Task<(ApiKey Key, string Secret)> CreateAsync(
        string name, string project, ApiScopes scopes, ImmutableArray<string> origins, Actor actor, CancellationToken cancellation)
    {
        var key = new ApiKey("k9", name, project, scopes, origins, Now, null);
        Writes.Enqueue(key);
        return Task.FromResult((key, "new-secret"));
    }

    Task<IReadOnlyList<ApiKey>> IApiKeyStore.ListAsync(int limit, string? afterId, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ApiKey>>(
            [.. Keys.Values.OrderBy(key => key.Id, StringComparer.Ordinal).Where(key => string.CompareOrdinal(key.Id, afterId) > 0).Take(limit)]);

    public Task<Outcome<ApiKey>> RevokeAsync(string id, Actor actor, CancellationToken cancellation)
    {
        if (Keys.Values.FirstOrDefault(key => key.Id == id) is not { } found)
        {
            return Task.FromResult<Outcome<ApiKey>>(new Problem(ErrorCode.ApiKeyNotFound, "There is no API key of this id."));
        }

        Writes.Enqueue(found);
        return Task.FromResult<Outcome<ApiKey>>(found with { RevokedAt = Now });
    }

    Task<IReadOnlyList<AuditEntry>> IAuditLog.ReadAsync(string chain, long afterSequence, int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<AuditEntry>>([.. Audit.Where(entry => entry.Chain == chain && entry.Sequence > afterSequence).Take(limit)]);

    Task<IReadOnlyList<(long Position, AuditEntry Entry)>> IAuditLog.ReadAllAsync(long afterPosition, int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<(long, AuditEntry)>>(
            [.. Audit.Select((entry, index) => (Position: index + 1L, Entry: entry)).Where(pair => pair.Position > afterPosition).Take(limit)]);

    public Task<ReadinessReport> CheckAsync(CancellationToken cancellation) =>
        Task.FromResult(new ReadinessReport([new ReadinessCheck("database", IsReady, IsReady ? null : "It does not answer.")], AnswersKnownUnits));

    public void Fail()
    {
        if (Failure is { } failure)
        {
            throw failure;
        }
    }

    private static ApiKey Key(string id, string name, ApiScopes scopes) => new(id, name, "default", scopes, [], Now, null);

    private static Task<IReadOnlyList<T>> Page<T>(ConcurrentDictionary<string, T> items, int limit, string? afterKey) =>
        Task.FromResult<IReadOnlyList<T>>(
            [.. items.OrderBy(pair => pair.Key, StringComparer.Ordinal).Where(pair => string.CompareOrdinal(pair.Key, afterKey) > 0).Take(limit).Select(pair => pair.Value)]);
}
