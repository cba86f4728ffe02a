using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Multiplicity;
using Splitstream.Stats.Samples;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// From inputs to results. Pure and deterministic: the same inputs give the same bytes on any machine, which is what <c>verify</c> checks.
/// </summary>
public static class ResultsComputation
{
    /// <summary>Grows when the same inputs are to give another decision.</summary>
    public const string RuleVersion = "2";

    /// <summary>Version of the program that computes.</summary>
    public static string EngineVersion { get; } = typeof(ResultsComputation).Assembly.GetName().Version!.ToString(3);

    public static ComputedResults Compute(ResultsInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var (experiment, look) = (input.Experiment, input.Look);
        var twoSample = TwoSampleEvidence.After(input);
        var rows = Rows(input, twoSample);
        Adjust(rows, experiment.Rule, row => row.Whole, (row, part) => row.Whole = part);
        Adjust(rows, experiment.Rule, row => row.Decisive, (row, part) => row.Decisive = part);

        var (srm, srmMaximum) = SampleRatio.Compute(
            experiment, input.Data.Units, unit => unit.Analysed, look.History.SrmMaximumLogBayesFactor);
        var (assignments, assignmentMaximum) = SampleRatio.Compute(
            experiment, input.Data.Units, unit => unit.Assigned, look.History.AssignmentMaximumLogBayesFactor);
        var exclusions = ExclusionReport.Compute(experiment, input.Data);
        var guardrails = GuardrailTests.Compute(
            input, [.. rows.Where(row => row.Role == MetricRole.Guardrail).Select(row => (row.Metric, row.Decisive.Comparisons))]);
        var primary = rows.FirstOrDefault(row => row.Role == MetricRole.Primary);
        var horizon = Horizon.Of(input, primary?.Decisive.Variants);
        var (decision, seenUnits) = DecisionMaker.Decide(
            input, new DecisionEvidence(primary?.Metric, primary?.Decisive, srm.Alarm, exclusions.Alarm, guardrails, horizon));
        var after = After(look, rows, srmMaximum, assignmentMaximum, guardrails, horizon, decision) with
        {
            Seen = seenUnits,
            TwoSample = look.Kind == LookKind.Look ? twoSample : look.History.TwoSample,
        };

        var results = new ExperimentResults(
            experiment.Key,
            look.SnapshotId,
            look.TakenAt,
            look.Kind.ToString().ToLowerInvariant(),
            HashedInput.HashOf(input, horizon, after),
            HashedInput.HashOf(input.Metrics),
            look.RuleVersion,
            look.EngineVersion,
            0,
            look.LookNumber,
            look.MissedLooks,
            input.Data.LateEventCount,
            experiment.WeightsChanged,
            experiment.ProtocolVersion,
            experiment.ProtocolChanged,
            Epochs(input),
            [
                .. experiment.Variants.Select(variant => new UnitResult(
                    variant.Key,
                    input.Data.Units.Where(unit => unit.Variant == variant.Key).Sum(unit => unit.Assigned),
                    input.Data.Units.Where(unit => unit.Variant == variant.Key).Sum(unit => unit.Analysed))),
            ],
            exclusions,
            Mutex(input.Data.Claims),
            srm,
            assignments,
            decision,
            guardrails,
            [.. rows.Select(row => Result(row, input.Data))],
            HealthReport.Compute(input, exclusions, primary?.Decisive));
        return new ComputedResults(results, after);
    }

    private static List<Row> Rows(ResultsInput input, ImmutableArray<TwoSampleHistory>? twoSample)
    {
        var experiment = input.Experiment;
        var roles = new List<(string Key, MetricRole Role)>();
        if (experiment.PrimaryMetric is { } primary)
        {
            roles.Add((primary, MetricRole.Primary));
        }

        roles.AddRange(experiment.SecondaryMetrics.Select(key => (key, MetricRole.Secondary)));
        roles.AddRange(experiment.Guardrails.Select(key => (key, MetricRole.Guardrail)));
        return [.. roles.Select(use => RowOf(input, twoSample, input.Metric(use.Key), use.Role))];
    }

    private static Row RowOf(
        ResultsInput input, ImmutableArray<TwoSampleHistory>? twoSample, MetricDefinition metric, MetricRole role)
    {
        var pending = input.Data.Sums.Any(sum => sum.Metric == metric.Key
            && (sum.Units != sum.Matured.Units || sum.Missing != sum.Matured.Missing || sum.Sum != sum.Matured.Sum
                || sum.SumSquares != sum.Matured.SumSquares));
        var whole = MetricComputation.Compute(input, metric, MetricPart.Whole, twoSample);
        if (!pending)
        {
            return new Row(metric, role, whole, whole, false);
        }

        var decisive = MetricComputation.Compute(input, metric, MetricPart.Matured, twoSample);
        whole = whole with
        {
            Comparisons =
            [
                .. whole.Comparisons.Zip(decisive.Comparisons, (all, matured) => all with
                {
                    AlwaysValidPValue = matured.AlwaysValidPValue,
                    EValue = matured.EValue,
                    LogEValue = matured.LogEValue,
                    ConfidenceSequence = matured.ConfidenceSequence,
                }),
            ],
        };
        return new Row(metric, role, whole, decisive, true);
    }

    /// <summary>Each role is a family of its own. A comparison without a p-value tests nothing and is in no family.</summary>
    private static void Adjust(
        List<Row> rows, DecisionRule rule, Func<Row, MaturedResult> part, Action<Row, MaturedResult> set)
    {
        foreach (var family in rows.GroupBy(row => row.Role))
        {
            var p = family.SelectMany(row => part(row).Comparisons).Select(comparison => comparison.PValue).OfType<double>().ToArray();
            var adjusted = family.Key switch
            {
                MetricRole.Primary when rule.Correction == PrimaryCorrection.None => p,
                MetricRole.Primary => PValueAdjustment.Adjust(AdjustmentMethod.Holm, p),
                MetricRole.Secondary => PValueAdjustment.Adjust(AdjustmentMethod.BenjaminiHochberg, p),
                _ => PValueAdjustment.Adjust(AdjustmentMethod.Bonferroni, p),
            };
            var next = 0;
            foreach (var row in family)
            {
                var comparisons = part(row).Comparisons
                    .Select(comparison => comparison.PValue is null ? comparison : comparison with { PValueAdjusted = adjusted[next++] })
                    .ToArray();
                if (family.Key == MetricRole.Primary)
                {
                    var intervals = AdjustedIntervals.Compute(comparisons, rule.Alpha, rule.Correction == PrimaryCorrection.Holm);
                    comparisons = [.. comparisons.Select((comparison, i) => comparison with { ConfidenceIntervalAdjusted = intervals[i] })];
                }

                set(row, part(row) with { Comparisons = [.. comparisons] });
            }
        }
    }

    private static MetricResult Result(Row row, AnalysisInputs data) => new(
        row.Metric.Key,
        row.Metric.Name,
        row.Role.ToString().ToLowerInvariant(),
        row.Metric.Type.ToString().ToLowerInvariant(),
        row.Metric.Direction.ToString().ToLowerInvariant(),
        row.Whole.Variants,
        row.Whole.Comparisons,
        row.HasPending ? row.Decisive : null,
        data.Sums.FirstOrDefault(sum => sum.Metric == row.Metric.Key && sum.Capped is not null)?.Capped is { } capped
            ? ExactNumber.Parse(capped.Cap).ToDouble() is var cap && double.IsFinite(cap) ? cap : null
            : null,
        row.Metric.Quantile);

    private static MutexResult? Mutex(GroupClaims? claims) => claims is null
        ? null
        : new MutexResult(
            claims.Group,
            claims.Units,
            claims.ClaimedAtStart,
            Share(claims.ClaimedAtStart, claims.Units),
            claims.ClaimedByOthers,
            claims.Claimed,
            Share(claims.ClaimedByOthers, claims.ClaimedByOthers + claims.Claimed));

    private static double? Share(long part, long whole) => whole == 0 ? null : (double)part / whole;

    private static ImmutableArray<EpochResult> Epochs(ResultsInput input) =>
    [
        .. input.Experiment.Epochs.Select(epoch => new EpochResult(
            epoch.Number,
            epoch.OpenedAt,
            epoch.ClosedAt,
            epoch.Interrupted,
            SampleRatio.Numbers(
                input.Experiment, [.. input.Experiment.Variants.Select((_, v) => v < epoch.Weights.Length ? epoch.Weights[v] : 0)]),
            SampleRatio.Numbers(
                input.Experiment,
                [
                    .. input.Experiment.Variants.Select(variant => (double)input.Data.Units
                        .Where(unit => unit.Epoch == epoch.Number && unit.Variant == variant.Key).Sum(unit => unit.Analysed)),
                ]))),
    ];

    private static LookHistory After(
        LookContext look,
        List<Row> rows,
        double srmMaximum,
        double assignmentMaximum,
        ImmutableArray<GuardrailResult> guardrails,
        Horizon horizon,
        DecisionResult decision)
    {
        var seen = new LookHistory(
            srmMaximum,
            assignmentMaximum,
            [
                .. rows.SelectMany(row => row.Decisive.Comparisons
                    .Where(comparison => comparison.LogEValue > 0)
                    .Select(comparison => new EvidenceMaximum(row.Metric.Key, comparison.Variant, comparison.LogEValue!.Value))),
            ],
            [.. guardrails.Where(guardrail => guardrail.Paused).Select(guardrail => new GuardrailPause(guardrail.Metric, guardrail.Variant))],
            false,
            null,
            []);
        return look.History.Merge(seen).Spend(look.Kind == LookKind.Look ? decision.GroupSequential : null) with
        {
            HorizonReached = look.History.HorizonReached || (look.Kind == LookKind.Look && horizon.Reached),
            Decided = look.History.Decided ?? (DecisionMaker.IsFinal(decision)
                ? new EarlierDecision(decision.DecidedAtLook!.Value, decision.Status, decision.Variant, decision.Reason, decision.ExpectedLoss, decision.AdjustedEffects)
                : null),
        };
    }

    private sealed class Row(MetricDefinition metric, MetricRole role, MaturedResult whole, MaturedResult decisive, bool hasPending)
    {
        public MetricDefinition Metric { get; } = metric;

        public MetricRole Role { get; } = role;

        public MaturedResult Whole { get; set; } = whole;

        public MaturedResult Decisive { get; set; } = decisive;

        public bool HasPending { get; } = hasPending;
    }
}

/// <param name="After">What the next look takes over.</param>
public sealed record ComputedResults(ExperimentResults Results, LookHistory After);
