using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;

namespace Splitstream.Grains.Analysis;

/// <summary>Effects among a part of the units, as health and segments show them: never adjusted, and never deciding. Pure.</summary>
internal static class PartEffects
{
    private const long MinimumUnits = 2;

    /// <summary>A metric as it is without its covariate and its relative cap.</summary>
    public static MetricDefinition Plain(MetricDefinition metric) =>
        metric with { HasCovariate = false, Cap = metric.HasRelativeCap ? null : metric.Cap };

    /// <summary>Sums as they are without a relative cap.</summary>
    public static ImmutableArray<MetricSum> Plain(IEnumerable<MetricSum> sums) =>
        [.. sums.Select(sum => sum with { Capped = null, Matured = sum.Matured with { Capped = null } })];

    /// <summary>As <see cref="Compute(AnalysedExperiment, MetricDefinition, ImmutableArray{MetricSum}, MetricPart)"/>, from sums of one part.</summary>
    public static ImmutableArray<EffectResult> Compute(AnalysedExperiment experiment, MetricDefinition metric, IEnumerable<IPartSum> sums) =>
        Compute(
            experiment,
            metric,
            [
                .. sums.Select(s => new MetricSum(
                    metric.Key, s.Variant, s.Epoch, s.Units, 0, s.Sum, s.SumSquares, new MaturedSum(s.Units, 0, s.Sum, s.SumSquares))),
            ],
            MetricPart.Whole);

    /// <summary>Every treatment against control, in the order of the variants.</summary>
    public static ImmutableArray<EffectResult> Compute(
        AnalysedExperiment experiment, MetricDefinition metric, ImmutableArray<MetricSum> sums, MetricPart part)
    {
        var table = MetricTable.Create(experiment, Plain(metric), sums, part);
        var control = experiment.ControlIndex();
        return
        [
            .. Enumerable.Range(0, experiment.Variants.Length).Where(variant => variant != control)
                .Select(variant => Compare(experiment, table, control, variant)),
        ];
    }

    private static EffectResult Compare(AnalysedExperiment experiment, MetricTable table, int control, int variant)
    {
        var empty = new EffectResult(
            experiment.Variants[variant].Key, experiment.Variants[control].Key, table.Units(control), table.Units(variant), null, null, null, null, null);
        var epochs = new List<EpochSamples>();
        for (var epoch = 0; epoch < table.Epochs; epoch++)
        {
            if (!table.Summary(epoch, control).TryGet(out var first, out var why)
                || !table.Summary(epoch, variant).TryGet(out var second, out why))
            {
                return empty with { Reason = why.Reason };
            }

            epochs.Add(new EpochSamples(first, second));
        }

        var weights = EpochWeights.Compute([.. epochs.Select(e => (IReadOnlyList<long>)[e.Control.Units, e.Treatment.Units])], MinimumUnits);
        double effect = 0, variance = 0;
        for (var epoch = 0; epoch < weights.Length; epoch++)
        {
            effect += weights[epoch] * (epochs[epoch].Treatment.Mean - epochs[epoch].Control.Mean);
            variance += weights[epoch] * weights[epoch] * (epochs[epoch].Treatment.VarianceOfMean + epochs[epoch].Control.VarianceOfMean);
        }

        var hasEffect = weights.Any(weight => weight > 0) && double.IsFinite(effect) && double.IsFinite(variance);
        var result = hasEffect ? empty with { Effect = effect, StandardError = Math.Sqrt(variance) } : empty;
        return MeanDifferenceTest.Stratified(epochs).TryGet(out var test, out var inconclusive)
            ? result with { PValue = test.P, ConfidenceInterval = new Interval(test.Interval.Lower, test.Interval.Upper) }
            : result with { Reason = inconclusive.Reason };
    }
}
