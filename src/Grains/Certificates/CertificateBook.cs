using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Analysis;
using Splitstream.Storage.Certificates;
using Splitstream.Storage.Database;
using Splitstream.Storage.Experiments;

namespace Splitstream.Grains.Certificates;

/// <summary>
/// Certificates of this process: fixes what each experiment is certified for when it starts, computes in the background, and answers plans.
/// What is lost with a process is asked for again at the experiment's next tick.
/// </summary>
public sealed class CertificateBook(
    CertificateRows rows,
    HistoryReader history,
    ExperimentStore experiments,
    SnapshotRows snapshots,
    IMetricStore metrics,
    TimeProvider time,
    ILogger<CertificateBook> log) : ICertificates
{
    /// <summary>Status while the certificate is being computed.</summary>
    public const string Pending = "pending";

    private const string Unavailable = "unavailable";

    private readonly Channel<CertificateInput> _waiting = Channel.CreateUnbounded<CertificateInput>();
    private readonly ConcurrentDictionary<string, bool> _queued = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Half of the processors, as requests come first, but two where there are two: the longest certificates take half a minute then.</summary>
    private static int BackgroundThreads => Math.Min(Environment.ProcessorCount, Math.Max(2, Environment.ProcessorCount / 2));

    /// <summary>Sees to it that a started experiment has its certificate, or will have it soon.</summary>
    public async Task EnsureAsync(ExperimentState state, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.StartedAt is null || state.Definition.Assignment == AssignmentMode.External)
        {
            return;
        }

        if (await rows.OfExperimentAsync(state.Id, cancellation) is not { } started)
        {
            var (input, reason) = await DesignAsync(state.Definition, null, cancellation);
            await rows.FixAsync(
                state.Id, input?.Hash(), input is null ? null : CanonicalJson.Write(input), reason, time.GetMicros(), cancellation);
            started = await rows.OfExperimentAsync(state.Id, cancellation);
        }

        if (started is { Input: { } text, InputHash: { } hash, Result: null } && _queued.TryAdd(hash, true))
        {
            await _waiting.Writer.WriteAsync(CanonicalJson.ReadCertificateInput(text), cancellation);
        }
    }

    /// <summary>What a snapshot is to say of the certificate of its experiment.</summary>
    public async Task<CertificateStanding> StandingAsync(ExperimentState state, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        return await rows.OfExperimentAsync(state.Id, cancellation) switch
        {
            null => Without(Pending, Pending),
            { Input: null, Reason: var reason } => Without(Unavailable, reason!),
            { Input: { } input, Result: null } => Without(Pending, Pending) with { Input = Stored(input) },
            { Input: { } input, Result: { } result } => new CertificateStanding(CanonicalJson.ReadCertificate(result), Stored(input)),
        };

        static CertificateStanding Without(string status, string reason) =>
            new(CertificateResult.Without(status, reason, ResultsComputation.EngineVersion), null);
    }

    /// <summary>The certificate of data that came whole: one look at what there is.</summary>
    public async Task<CertificateStanding> OfImportAsync(
        AnalysedExperiment experiment, ImmutableArray<MetricDefinition> definitions, AnalysisInputs data, CancellationToken cancellation) =>
        ImportedCertificate.Design(experiment, definitions, data) is { } input
            ? new CertificateStanding(await CertifyAsync(input, BackgroundThreads, cancellation), input)
            : new CertificateStanding(
                CertificateResult.Without(Unavailable, CertificateDesigner.NoPlan, ResultsComputation.EngineVersion), null);

    public async Task<CertificateResult> CertifyAsync(PlannedExperiment planned, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(planned);
        if (planned.HistoryDays is { } days)
        {
            return await CertifyHistoryAsync(planned, days, cancellation);
        }

        var (input, reason) = await DesignAsync(planned.Definition, planned.Metric, cancellation);
        if (input is null)
        {
            return CertificateResult.Without(Unavailable, reason!, ResultsComputation.EngineVersion);
        }

        input = input with { Runs = planned.Runs ?? input.Runs, Seed = planned.Seed ?? input.Seed };
        return await CertifyAsync(input, Environment.ProcessorCount, cancellation);
    }

    public async Task<PeekingAuditResult?> AuditPeekingAsync(string experiment, CancellationToken cancellation)
    {
        if (await experiments.FindAsync(experiment, cancellation) is not { } state)
        {
            return null;
        }

        var looks = await snapshots.LookTimesAsync(state.Id, cancellation);
        var peeks = await snapshots.PeekTimesAsync(state.Id, cancellation);
        var audit = new PeekingAuditResult(
            experiment, looks.Count, looks.Sum(look => look.Missed), peeks.Count(peek => peek.IsView), null, null, null, PeekingAudit.NoLooks);
        if (state.StartedAt is not { } start || looks.Count == 0)
        {
            return audit;
        }

        if (await rows.OfExperimentAsync(state.Id, cancellation) is not { } certified)
        {
            return audit with { Reason = Pending };
        }

        if (certified.Input is not { } text)
        {
            return audit with { Reason = certified.Reason };
        }

        var input = CanonicalJson.ReadCertificateInput(text);
        await _turn.WaitAsync(cancellation);
        try
        {
            var (realised, finest, watched) = await Task.Run(
                () => PeekingAudit.Compute(
                    input, [.. looks.Select(look => look.At - start)], [.. peeks.Select(peek => peek.At - start)], cancellation),
                cancellation);
            return audit with { Realised = realised, FinestMinutes = finest, Watched = watched, Reason = null };
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Computes what is waiting, one after another, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var input in _waiting.Reader.ReadAllAsync(cancellation))
        {
            try
            {
                var certificate = await CertifyAsync(input, BackgroundThreads, cancellation);
                log.LogInformation("Certificate {InputHash}: {Status} {Reason}", certificate.InputHash, certificate.Status, certificate.Reason);
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                log.LogError(exception, "A certificate could not be computed; it is asked for again at the next check.");
            }
            finally
            {
                _queued.TryRemove(input.Hash(), out _);
            }
        }
    }

    /// <summary>Not cached: the events of the last days are others every time.</summary>
    private async Task<CertificateResult> CertifyHistoryAsync(PlannedExperiment planned, int days, CancellationToken cancellation)
    {
        var metric = planned.Metric;
        if (metric is null && planned.Definition.PrimaryMetric is { } key)
        {
            metric = await metrics.FindAsync(key, cancellation);
        }

        var units = metric is null
            ? null
            : await history.ReadUnitsAsync(
                metric, time.GetMicros(), TimeSpan.FromDays(days), HistoryCertificate.MostUnits(planned.Definition), cancellation);
        if (units is null)
        {
            return CertificateResult.Without(Unavailable, CertificateDesigner.NoPrimaryMetric, ResultsComputation.EngineVersion);
        }

        await _turn.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => HistoryCertificate.Compute(planned, metric!, units, Environment.ProcessorCount, cancellation), cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<CertificateResult> CertifyAsync(CertificateInput input, int threads, CancellationToken cancellation)
    {
        var hash = input.Hash();
        if (await rows.FindAsync(hash, cancellation) is { } known)
        {
            return CanonicalJson.ReadCertificate(known);
        }

        // One at a time: each takes the processors that it is given.
        await _turn.WaitAsync(cancellation);
        try
        {
            var certificate = await Task.Run(() => CertificateComputation.Compute(input, threads, cancellation), cancellation);
            await rows.StoreAsync(hash, CanonicalJson.Write(certificate), time.GetMicros(), cancellation);
            return certificate;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<(CertificateInput? Input, string? Reason)> DesignAsync(
        ExperimentDefinition definition, MetricDefinition? inline, CancellationToken cancellation)
    {
        var definitions = new Dictionary<string, MetricDefinition>(StringComparer.Ordinal);
        foreach (var key in definition.MetricsByRole().Where(use => use.Role != MetricRole.Secondary).Select(use => use.Metric).Distinct())
        {
            if ((inline?.Key == key ? inline : await metrics.FindAsync(key, cancellation)) is { } metric)
            {
                definitions.Add(key, metric);
            }
        }

        var known = new Dictionary<string, MetricHistory>(StringComparer.Ordinal);
        foreach (var (key, metric) in definitions)
        {
            if (NeedsHistory(definition, key, metric) && await history.ReadAsync(metric, time.GetMicros(), cancellation) is { } values)
            {
                known.Add(key, values);
            }
        }

        var traffic = definition.Rule.Plan?.UnitsPerDay is null ? await history.UnitsPerDayAsync(time.GetMicros(), cancellation) : null;
        var (input, reason) = CertificateDesigner.Design(definition, definitions, known, traffic);
        try
        {
            input?.ToDesign().Check();
            return (input, reason);
        }
        catch (ArgumentException)
        {
            return (null, CertificateDesigner.OutOfRange);
        }
    }

    private static bool NeedsHistory(ExperimentDefinition definition, string key, MetricDefinition metric) =>
        key != definition.PrimaryMetric
        || metric.Type is not (MetricType.Conversion or MetricType.Retention)
        || definition.Rule.Plan?.BaselineRate is null;

    private static CertificateInput Stored(string text)
    {
        var input = CanonicalJson.ReadCertificateInput(text);
        return input with
        {
            Metric = input.Metric with { Values = null },
            Guardrails = [.. input.Guardrails.Select(guardrail => guardrail with { Values = null })],
        };
    }
}
