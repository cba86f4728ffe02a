using System.Text.Json;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Analysis;
using Splitstream.Storage.Experiments;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// Computes a snapshot again: the result from its own stored inputs, to the last byte, and these inputs from raw rows, to the last digit.
/// </summary>
public sealed class SnapshotVerifier(SnapshotRows rows, ExperimentStore experiments, IMetricSums sums)
{
    private const string Matches = "matches";
    private const string Differs = "differs";
    private const string NoLongerRetained = "no_longer_retained";

    public async Task<Outcome<VerifyResult>> VerifyAsync(string snapshotId, CancellationToken cancellation)
    {
        if (await rows.FindAsync(snapshotId, cancellation) is not { } row)
        {
            return new Problem(ErrorCode.SnapshotNotFound, $"There is no snapshot with id '{snapshotId}'.");
        }

        if (Read(row.Inputs) is not { } input)
        {
            return new VerifyResult(Differs, Differs, null);
        }

        var engine = Engine(input) == row.Body ? Matches : Differs;
        if (await experiments.FindAsync(row.Experiment, cancellation) is not { } state)
        {
            return new VerifyResult(engine, NoLongerRetained, null);
        }

        var again = await sums.RecomputeAsync(
            AsOf(state, input),
            input.Metrics,
            input.Look.Cutoff,
            input.Data.AsOfAggregation,
            input.Look.TakenAt,
            input.Data.Claims?.AsOf,
            cancellation);
        if (again is null)
        {
            return new VerifyResult(engine, NoLongerRetained, null);
        }

        var difference = InputComparison.FirstDifference(input.Metrics, input.Data, again);
        return new VerifyResult(engine, difference is null ? Matches : Differs, difference);
    }

    /// <summary>The body that these inputs give; null when they can give none, as after a forged change.</summary>
    private static string? Engine(ResultsInput input)
    {
        try
        {
            return CanonicalJson.Write(ResultsComputation.Compute(input).Results);
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static ResultsInput? Read(string json)
    {
        try
        {
            return CanonicalJson.ReadInput(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The experiment as it was: later epochs, stops and changes of metrics must not reach back.</summary>
    private static ExperimentState AsOf(ExperimentState now, ResultsInput input) => AsOf(now, input.Experiment) with
    {
        Definition = AsOf(now, input.Experiment).Definition with
        {
            Segments = [.. (input.Data.Health?.Segments ?? []).Select(sum => sum.Attribute).Distinct()],
        },
    };

    private static ExperimentState AsOf(ExperimentState now, AnalysedExperiment then) => now with
    {
        Epochs = then.Epochs,
        StartedAt = then.StartedAt,
        StoppedAt = then.StoppedAt,
        Status = then.StoppedAt is null && now.Status is ExperimentStatus.Stopped or ExperimentStatus.Archived
            ? ExperimentStatus.Running
            : now.Status,
        Definition = now.Definition with
        {
            PrimaryMetric = then.PrimaryMetric,
            SecondaryMetrics = then.SecondaryMetrics,
            Guardrails = then.Guardrails,
        },
    };
}
