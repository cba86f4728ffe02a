using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Multiplicity;

namespace Splitstream.Grains.Analysis;

/// <summary>Effects and sample ratios by attribute of the first exposure, corrected as a family of their own. Pure; exploratory.</summary>
internal static class SegmentReports
{
    /// <summary>A sample ratio is off at a p-value below this over the number of values.</summary>
    private const double Alpha = 0.001;

    public static ImmutableArray<SegmentResult>? Compute(AnalysedExperiment experiment, MetricDefinition? metric, HealthInputs health)
    {
        if (health.Segments is not { } sums)
        {
            return null;
        }

        var isCompared = metric is not null && metric.Type is not (MetricType.Ratio or MetricType.Quantile);
        SegmentResult[] segments =
        [
            .. sums.GroupBy(sum => sum.Attribute).Select(attribute =>
            {
                var values = attribute.GroupBy(sum => (sum.Value, sum.IsRest)).ToArray();
                return new SegmentResult(
                    attribute.Key, true, [.. values.Select(value => Of(experiment, isCompared ? metric : null, [.. value], values.Length))], []);
            }),
        ];
        return [.. Adjust(segments).Select(segment => segment with { Heterogeneity = Heterogeneity(experiment, segment.Values) })];
    }

    private static SegmentValueResult Of(AnalysedExperiment experiment, MetricDefinition? metric, ImmutableArray<SegmentSum> sums, int values)
    {
        ImmutableArray<UnitCount> units = [.. sums.Select(sum => new UnitCount(sum.Variant, sum.Epoch, 0, sum.Analysed))];
        var (ratio, _) = SampleRatio.Compute(experiment, units, unit => unit.Analysed, 0);
        var effects = metric is null ? [] : PartEffects.Compute(experiment, metric, sums);
        return new SegmentValueResult(
            sums[0].Value,
            sums[0].IsRest,
            ratio.Observed,
            ratio.PValue,
            ratio.EProcess.LogBayesFactor,
            ratio.PValue < Alpha / values,
            [.. effects.Select(effect => new SegmentComparison(effect, null))]);
    }

    /// <summary>One family: every value of every attribute and every treatment with a test.</summary>
    private static IEnumerable<SegmentResult> Adjust(SegmentResult[] segments)
    {
        var p = segments.SelectMany(segment => segment.Values).SelectMany(value => value.Comparisons)
            .Select(comparison => comparison.Effect.PValue).OfType<double>().ToArray();
        var adjusted = PValueAdjustment.Adjust(AdjustmentMethod.BenjaminiHochberg, p);
        var next = 0;
        SegmentComparison With(SegmentComparison comparison) =>
            comparison.Effect.PValue is null ? comparison : comparison with { PValueAdjusted = adjusted[next++] };
        foreach (var segment in segments)
        {
            var values = ImmutableArray.CreateBuilder<SegmentValueResult>();
            foreach (var value in segment.Values)
            {
                values.Add(value with { Comparisons = [.. value.Comparisons.Select(With)] });
            }

            yield return segment with { Values = values.ToImmutable() };
        }
    }

    /// <summary>Cochran's Q over the effects by value, which are stratified by epoch.</summary>
    /// <remarks>Cochran 1954: sum of (effect - common effect)^2 / se^2 with k - 1 degrees of freedom, weights 1 / se^2.</remarks>
    private static ImmutableArray<HeterogeneityReport> Heterogeneity(AnalysedExperiment experiment, ImmutableArray<SegmentValueResult> values) =>
    [
        .. experiment.Variants.Where(variant => !variant.IsControl).Select(variant =>
        {
            var tested = values.SelectMany(value => value.Comparisons).Select(comparison => comparison.Effect)
                .Where(effect => effect.Variant == variant.Key && effect.PValue is not null && effect.StandardError > 0).ToArray();
            if (tested.Length < 2)
            {
                return new HeterogeneityReport(variant.Key, null, null, null, Inconclusive.TooFewUnits);
            }

            // Relative to the smallest error, so that squares stay in range.
            var smallest = tested.Min(effect => effect.StandardError!.Value);
            double Weight(EffectResult effect) => smallest / effect.StandardError!.Value * (smallest / effect.StandardError.Value);
            var total = tested.Sum(Weight);
            var common = tested.Sum(effect => Weight(effect) / total * effect.Effect!.Value);
            double Standardised(EffectResult effect) => (effect.Effect!.Value - common) / effect.StandardError!.Value;
            var q = tested.Sum(effect => Standardised(effect) * Standardised(effect));
            return double.IsFinite(q)
                ? new HeterogeneityReport(variant.Key, q, tested.Length - 1, ChiSquareDistribution.Cdf(q, tested.Length - 1, Tail.Upper), null)
                : new HeterogeneityReport(variant.Key, null, null, null, Inconclusive.Overflow);
        }),
    ];
}
