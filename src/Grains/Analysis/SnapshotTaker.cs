using System.Collections.Immutable;
using Splitstream.Bucketing;
using Splitstream.Grains.Certificates;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Analysis;
using Splitstream.Storage.Database;
using Splitstream.Storage.Experiments;

namespace Splitstream.Grains.Analysis;

/// <summary>Takes one snapshot: reads the inputs, computes, and writes result and inputs in one transaction.</summary>
public sealed class SnapshotTaker(
    ExperimentStore experiments, IMetricStore metrics, IMetricSums sums, SnapshotRows rows, CertificateBook certificates, TimeProvider time)
{
    private const int Attempts = 5;

    /// <param name="last">
    /// The last look when the caller decided that this snapshot is due. This one gets the number after it, so that a look which another
    /// server took since then leaves no place for a second one of the same time.
    /// </param>
    /// <param name="due">The look that is due; null for snapshots off the cadence, which happen now.</param>
    /// <param name="memory">Maxima of the checks between looks.</param>
    /// <returns>
    /// The snapshot that stands now, and what it found; null when another server took the look, or when the experiment was interrupted
    /// before it could be read.
    /// </returns>
    public async Task<TakenSnapshot?> TakeAsync(
        ExperimentState state, LookKind kind, LookRow? last, DueLook? due, LookHistory memory, Actor actor, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        await sums.DrainAsync(cancellation);
        var now = time.GetMicros();
        (state, var definitions, var data) = await ReadAsync(state, now, withMetrics: true, cancellation);
        if (kind == LookKind.Look && state.Status is not (ExperimentStatus.Running or ExperimentStatus.Closed))
        {
            return null;
        }

        var look = new LookContext(
            Guid.CreateVersion7(now).ToString("N"),
            now,
            Cutoff(state, now),
            due?.ScheduledAt ?? now,
            kind,
            kind == LookKind.Advisory ? null : (last?.LookNumber ?? 0) + 1,
            due?.Missed ?? 0,
            kind == LookKind.Import ? LookHistory.Empty : HistoryOf(state, last, memory),
            ResultsComputation.RuleVersion,
            ResultsComputation.EngineVersion);
        var experiment = AnalysedExperiment.From(state);
        var certificate = kind == LookKind.Import
            ? await certificates.OfImportAsync(experiment, definitions, data, cancellation)
            : await certificates.StandingAsync(state, cancellation);
        var input = new ResultsInput(experiment, definitions, data, look, certificate);
        var computed = ResultsComputation.Compute(input);
        if (kind == LookKind.Import && await StandingAsync(state, computed.Results, cancellation) is { } standing)
        {
            return new TakenSnapshot(standing, computed);
        }

        var inserted = await rows.InsertAsync(Row(state, input, computed), LookOf(state, look, computed), actor, Audit(computed), cancellation);
        return inserted ? new TakenSnapshot(new SnapshotReference(look.SnapshotId, look.LookNumber), computed) : null;
    }

    /// <summary>Whether the last look found harm and no interruption followed it.</summary>
    /// <remarks>The look's own inputs tell which interruptions it knew: times of several servers cannot be compared.</remarks>
    public async Task<bool> IsHarmedAsync(ExperimentState state, LookRow? last, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (last is not { Pauses: true } || await rows.FindAsync(last.SnapshotId, cancellation) is not { } snapshot)
        {
            return false;
        }

        var known = CanonicalJson.ReadInput(snapshot.Inputs).Experiment.Epochs.Count(epoch => epoch.Interrupted);
        return state.Epochs.Count(epoch => epoch.Interrupted) <= known;
    }

    /// <summary>Log Bayes factors of the sample ratio now, without taking a snapshot.</summary>
    public async Task<(double Analysed, double Assigned)> CheckSampleRatioAsync(ExperimentState state, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        (state, _, var data) = await ReadAsync(state, time.GetMicros(), withMetrics: false, cancellation);
        var experiment = AnalysedExperiment.From(state);
        return (
            SampleRatio.Compute(experiment, data.Units, unit => unit.Analysed, 0).Maximum,
            SampleRatio.Compute(experiment, data.Units, unit => unit.Assigned, 0).Maximum);
    }

    /// <summary>Sums and the state they belong to: an edit between the two readings, which could open an epoch, repeats both.</summary>
    private async Task<(ExperimentState State, ImmutableArray<MetricDefinition> Metrics, AnalysisInputs Data)> ReadAsync(
        ExperimentState state, DateTimeOffset now, bool withMetrics, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            ImmutableArray<MetricDefinition> definitions = withMetrics ? await DefinitionsAsync(state, cancellation) : [];
            var data = await sums.ReadAsync(state, definitions, Cutoff(state, now), cancellation);
            var fresh = await experiments.FindAsync(state.Key, cancellation);
            if (fresh is null || fresh.Version == state.Version)
            {
                return (state, definitions, data);
            }

            if (attempt == Attempts)
            {
                throw new StorageUnavailableException($"Experiment '{state.Key}' changed {Attempts} times while it was read.");
            }

            state = fresh;
        }
    }

    /// <summary>A stop fixes the cut-off: windows still open then are censored, not zero.</summary>
    private static DateTimeOffset Cutoff(ExperimentState state, DateTimeOffset now) => state.StoppedAt ?? now;

    /// <summary>What the last look left, as far as this protocol version goes; the sample ratio is older than any protocol.</summary>
    private static LookHistory HistoryOf(ExperimentState state, LookRow? last, LookHistory memory)
    {
        if (last is null)
        {
            return memory;
        }

        var history = CanonicalJson.ReadHistory(last.History);
        return last.ProtocolVersion == state.ProtocolVersion
            ? history.Merge(memory)
            : memory.Merge(LookHistory.Empty with
            {
                SrmMaximumLogBayesFactor = history.SrmMaximumLogBayesFactor,
                AssignmentMaximumLogBayesFactor = history.AssignmentMaximumLogBayesFactor,
            });
    }

    /// <summary>The latest snapshot when it was computed from the same inputs; null otherwise.</summary>
    private async Task<SnapshotReference?> StandingAsync(ExperimentState state, ExperimentResults results, CancellationToken cancellation) =>
        await rows.LatestAsync(state.Key, cancellation) is { } latest && latest.InputHash == results.InputHash
            && latest.RuleVersion == results.RuleVersion && latest.EngineVersion == results.EngineVersion
            ? new SnapshotReference(latest.SnapshotId, latest.LookNumber)
            : null;

    private async Task<ImmutableArray<MetricDefinition>> DefinitionsAsync(ExperimentState state, CancellationToken cancellation)
    {
        var definitions = ImmutableArray.CreateBuilder<MetricDefinition>();
        foreach (var key in state.Definition.MetricsByRole().Select(use => use.Metric).Distinct())
        {
            definitions.Add(
                await metrics.FindAsync(key, cancellation)
                ?? throw new InvalidOperationException($"Experiment '{state.Key}' uses the unknown metric '{key}'."));
        }

        return definitions.ToImmutable();
    }

    private static SnapshotRow Row(ExperimentState state, ResultsInput input, ComputedResults computed) => new(
        input.Look.SnapshotId,
        state.Id,
        state.Key,
        input.Look.LookNumber,
        input.Look.TakenAt,
        computed.Results.InputHash,
        computed.Results.MetricHash,
        computed.Results.RuleVersion,
        computed.Results.EngineVersion,
        computed.Results.Decision.Status,
        input.Data.AsOfAggregation,
        CanonicalJson.Write(input),
        CanonicalJson.Write(computed.Results));

    private static LookRow? LookOf(ExperimentState state, LookContext look, ComputedResults computed) => look.LookNumber is { } number
        ? new LookRow(
            number,
            look.SnapshotId,
            computed.Results.Kind,
            look.ScheduledAt,
            look.TakenAt,
            look.MissedLooks,
            state.ProtocolVersion,
            computed.Results.Guardrails.Any(guardrail => guardrail.Paused),
            CanonicalJson.Write(computed.After))
        : null;

    private static string Audit(ComputedResults computed)
    {
        var results = computed.Results;
        return ConfigurationJson.WriteForReaders(new
        {
            results.SnapshotId,
            results.Kind,
            results.LookNumber,
            results.MissedLooks,
            results.InputHash,
            Decision = results.Decision.Status,
            results.Decision.Variant,
            results.Decision.Reason,
            results.Decision.DecidedBy,
            Pauses = results.Guardrails.Where(guardrail => guardrail.Paused).Select(guardrail => new { guardrail.Metric, guardrail.Variant }),
        });
    }
}

/// <param name="Reference">The snapshot that stands; for unchanged imports an earlier one.</param>
public sealed record TakenSnapshot(SnapshotReference Reference, ComputedResults Computed);
