using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Sequential;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// Harm and non-inferiority of every guardrail and treatment, two tests that are never mixed. Pure. Both are on the effect in the good
/// direction over matured units; a relative margin is a fraction of control's mean, taken as known.
/// </summary>
internal static class GuardrailTests
{
    public const string MarginMissing = "guardrail_margin_missing";

    /// <param name="decisive">Matured comparisons per guardrail metric.</param>
    public static ImmutableArray<GuardrailResult> Compute(
        ResultsInput input, IReadOnlyList<(MetricDefinition Metric, ImmutableArray<ComparisonResult> Comparisons)> decisive)
    {
        var tests = decisive.Sum(guardrail => guardrail.Comparisons.Length);
        if (tests == 0)
        {
            return [];
        }

        // Bonferroni over all harm tests; non-inferiority is an intersection-union test and needs no correction.
        var harmAlpha = input.Experiment.Rule.GuardrailAlpha / tests;
        return
        [
            .. decisive.SelectMany(guardrail => guardrail.Comparisons.Select(
                comparison => Test(input, guardrail.Metric, comparison, harmAlpha))),
        ];
    }

    private static GuardrailResult Test(ResultsInput input, MetricDefinition metric, ComparisonResult comparison, double harmAlpha)
    {
        var margin = MarginOf(metric, comparison);
        var result = new GuardrailResult(
            metric.Key, comparison.Variant, margin, metric.Margin is null, harmAlpha, null, null, false, null, null, comparison.Reason);
        if (margin is null || comparison.Effect is not { } effect || comparison.StandardError is not ({ } error and > 0))
        {
            return result with { Reason = result.Reason ?? Inconclusive.ZeroVariance };
        }

        var good = metric.Direction == MetricDirection.Increase ? effect : -effect;
        if (AsymptoticConfidenceSequence.ForDifference(good, error, comparison.UnitsPerVariant, input.Experiment.Rule.MinSample, harmAlpha)
            .TryGet(out var sequence, out _))
        {
            var harm = sequence.Interval.Upper < -margin;
            result = result with
            {
                HarmBound = sequence.Interval.Upper,
                Harm = harm,
                Paused = harm
                    && input.Look.Kind == LookKind.Look
                    && !input.Look.History.PausedFor.Contains(new GuardrailPause(metric.Key, comparison.Variant)),
            };
        }

        var alpha = input.Experiment.Rule.GuardrailAlpha;
        var quantile = comparison.DegreesOfFreedom is { } degrees
            ? StudentDistribution.Quantile(alpha, degrees, Tail.Upper)
            : NormalDistribution.Quantile(alpha, Tail.Upper);
        var bound = good - quantile * error;
        return result with
        {
            NonInferiorityBound = bound,
            NonInferior = metric.Margin is not null && bound > -margin,
            Reason = metric.Margin is null ? MarginMissing : null,
        };
    }

    private static double? MarginOf(MetricDefinition metric, ComparisonResult comparison) => metric.Margin switch
    {
        null => 0,
        { IsRelative: false } absolute => absolute.Value,
        { } relative => comparison.ControlMean is { } mean ? relative.Value * Math.Abs(mean) : null,
    };
}
