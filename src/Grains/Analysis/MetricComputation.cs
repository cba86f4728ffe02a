using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Sequential;

namespace Splitstream.Grains.Analysis;

/// <summary>Variants and comparisons of one part of one metric. Pure. P-values are not yet adjusted.</summary>
internal sealed class MetricComputation
{
    private readonly AnalysedExperiment _experiment;
    private readonly MetricDefinition _metric;
    private readonly MetricPart _part;
    private readonly MetricTable _table;
    private readonly LookHistory _history;
    private readonly ImmutableArray<TwoSampleHistory> _twoSample;
    private readonly int _control;

    private MetricComputation(
        ResultsInput input, MetricDefinition metric, MetricPart part, ImmutableArray<TwoSampleHistory>? twoSample)
    {
        _twoSample = twoSample ?? [];
        _experiment = input.Experiment;
        _metric = metric;
        _part = part;
        _table = MetricTable.Create(_experiment, metric, input.Data.Sums, part);
        _history = input.Look.History;
        _control = _experiment.ControlIndex();
    }

    private bool IsConversion => _metric.Type is MetricType.Conversion or MetricType.Retention;

    private bool HigherIsBetter => _metric.Direction == MetricDirection.Increase;

    /// <summary>Conversions count, unless they are adjusted: an adjusted rate is a mean.</summary>
    private bool IsExact => IsConversion && !_table.IsAdjusted;

    /// <summary>Whether the test is a z test: the delta method, and adjusted conversions, know no degrees of freedom.</summary>
    private bool IsNormal => _metric.Type is MetricType.Ratio or MetricType.Quantile || IsConversion;

    /// <param name="twoSample">The evidence of the matured part with this look, whichever part is computed.</param>
    public static MaturedResult Compute(
        ResultsInput input, MetricDefinition metric, MetricPart part, ImmutableArray<TwoSampleHistory>? twoSample) =>
        new MetricComputation(input, metric, part, twoSample).Run();

    private MaturedResult Run()
    {
        var count = _experiment.Variants.Length;
        var beliefs = Beliefs.OfVariants(_table, count, IsExact, HigherIsBetter);
        var variants = ImmutableArray.CreateBuilder<VariantResult>(count);
        var comparisons = ImmutableArray.CreateBuilder<ComparisonResult>(count - 1);
        for (var variant = 0; variant < count; variant++)
        {
            variants.Add(Describe(variant, beliefs[variant]));
            if (variant != _control)
            {
                comparisons.Add(Compare(variant) with { ProbabilityBest = beliefs[variant]?.ProbabilityBest });
            }
        }

        return new MaturedResult(variants.ToImmutable(), comparisons.ToImmutable());
    }

    private VariantResult Describe(int variant, VariantBelief? belief)
    {
        var total = _table.Total(variant);
        var summary = total.Units > 0 ? _table.Shown(variant) : SampleSummary.Empty;
        var hasValues = summary.IsConclusive && summary.Value.Units > 0;
        return new VariantResult(
            _experiment.Variants[variant].Key,
            total.Units,
            _part == MetricPart.Whole ? _table.Pending[variant] : 0,
            _table.Missing[variant],
            Finite(total.Values.Sum.ToDouble()),
            hasValues ? summary.Value.Mean : null,
            hasValues && _metric.Type != MetricType.Quantile && total.Units > 1 ? Math.Sqrt(summary.Value.Variance) : null,
            _table.Epochs > 1 || _table.IsAdjusted ? belief?.Mean : null,
            belief?.Interval,
            belief?.ProbabilityBest,
            belief?.LossAgainstBest,
            _metric.Type == MetricType.Ratio ? Finite((total.Moments?.Sum(UnitNumber.Denominator) ?? ExactNumber.Zero).ToDouble()) : null,
            _metric.HasRelativeCap ? Finite(total.Uncapped.Sum.ToDouble()) : null);
    }

    private static double? Finite(double number) => double.IsFinite(number) ? number : null;

    private ComparisonResult Compare(int variant)
    {
        if (!_table.IsAdjusted)
        {
            return IsExact ? CompareConversions(_table, variant) : CompareMeans(_table, variant);
        }

        // The plain comparison stands beside the adjusted one, and decides nothing.
        var plain = IsConversion ? CompareConversions(_table.Unadjusted(), variant) : CompareMeans(_table.Unadjusted(), variant);
        var adjusted = CompareMeans(_table, variant);
        var ratio = adjusted.StandardError / plain.StandardError;
        return adjusted with
        {
            Adjustment = new AdjustmentResult(
                _metric.LookbackDays,
                1 - ratio * ratio is { } gain && double.IsFinite(gain) ? gain : null,
                plain.Effect,
                plain.StandardError,
                plain.Lift,
                plain.PValue,
                plain.ConfidenceInterval),
        };
    }

    private ComparisonResult CompareConversions(MetricTable table, int variant)
    {
        var epochs = new List<EpochConversions>();
        for (var epoch = 0; epoch < table.Epochs; epoch++)
        {
            if (!table.Conversions(epoch, _control).TryGet(out var control, out var why)
                || !table.Conversions(epoch, variant).TryGet(out var treatment, out why))
            {
                return Empty(variant, why.Reason);
            }

            epochs.Add(new EpochConversions(control, treatment));
        }

        var weights = EpochWeights.Compute([.. epochs.Select(e => (IReadOnlyList<long>)[e.Control.Units, e.Treatment.Units])]);
        var result = Weighted(
            variant,
            weights,
            epoch => (epochs[epoch].Control.Rate, epochs[epoch].Treatment.Rate),
            epoch => (epochs[epoch].Control.Units, epochs[epoch].Treatment.Units));
        if (Beliefs.OfConversions(epochs, HigherIsBetter).TryGet(out var figures, out _))
        {
            result = With(result, figures);
        }

        if (!TwoProportionTest.Stratified(epochs).TryGet(out var test, out var inconclusive))
        {
            return result with { Reason = inconclusive.Reason };
        }

        result = result with
        {
            StandardError = test.StandardError,
            Statistic = test.Z,
            PValue = test.P,
            ConfidenceInterval = Ends(test.Interval),
        };
        result = Sequential(With(result, test.Lift), test.Effect, test.StandardError);
        var evidence = _twoSample.FirstOrDefault(known => known.Metric == _metric.Key && known.Variant == result.Variant);
        return result with { TwoSample = evidence is null ? null : TwoSampleEvidence.Result(evidence) };
    }

    private ComparisonResult CompareMeans(MetricTable table, int variant)
    {
        var epochs = new List<EpochSamples>();
        for (var epoch = 0; epoch < table.Epochs; epoch++)
        {
            if (!table.Summary(epoch, _control).TryGet(out var control, out var why)
                || !table.Summary(epoch, variant).TryGet(out var treatment, out why))
            {
                return Empty(variant, why.Reason);
            }

            epochs.Add(new EpochSamples(control, treatment));
        }

        var weights = EpochWeights.Compute([.. epochs.Select(e => (IReadOnlyList<long>)[e.Control.Units, e.Treatment.Units])], 2);
        var result = Weighted(
            variant,
            weights,
            epoch => (epochs[epoch].Control.Mean, epochs[epoch].Treatment.Mean),
            epoch => (epochs[epoch].Control.Units, epochs[epoch].Treatment.Units));
        if (!MeanDifferenceTest.Stratified(epochs).TryGet(out var test, out var inconclusive))
        {
            return result with { Reason = inconclusive.Reason };
        }

        var half = NormalDistribution.Quantile((1 - test.Interval.Level) / 2, Tail.Upper) * test.StandardError;
        result = result with
        {
            StandardError = test.StandardError,
            Statistic = test.T,
            DegreesOfFreedom = IsNormal ? null : test.DegreesOfFreedom,
            PValue = IsNormal ? Math.Min(1, 2 * NormalDistribution.Cdf(Math.Abs(test.T), Tail.Upper)) : test.P,
            ConfidenceInterval = IsNormal ? new Interval(test.Effect - half, test.Effect + half) : Ends(test.Interval),
        };
        var prior = _metric.Key == _experiment.PrimaryMetric ? _experiment.Rule.Prior : null;
        if (Beliefs.OfEffect(test, prior, HigherIsBetter).TryGet(out var figures, out _))
        {
            result = With(result, figures);
        }

        return Sequential(With(result, test.Lift), test.Effect, test.StandardError);
    }

    /// <summary>Means and effect, which exist even where their error does not.</summary>
    private ComparisonResult Weighted(
        int variant, double[] weights, Func<int, (double Control, double Treatment)> means, Func<int, (long Control, long Treatment)> units)
    {
        double control = 0, treatment = 0, effect = 0;
        long controlUnits = 0, treatmentUnits = 0;
        var used = 0;
        for (var epoch = 0; epoch < weights.Length; epoch++)
        {
            if (weights[epoch] == 0)
            {
                continue;
            }

            var (controlMean, treatmentMean) = means(epoch);
            control += weights[epoch] * controlMean;
            treatment += weights[epoch] * treatmentMean;
            effect += weights[epoch] * (treatmentMean - controlMean);
            controlUnits += units(epoch).Control;
            treatmentUnits += units(epoch).Treatment;
            used++;
        }

        var empty = Empty(variant, null);
        return used == 0
            ? empty
            : empty with
            {
                ControlMean = control,
                TreatmentMean = treatment,
                Effect = effect,
                UnitsPerVariant = AsymptoticConfidenceSequence.UnitsPerVariant(controlUnits, treatmentUnits),
                EpochsUsed = used,
            };
    }

    private ComparisonResult Sequential(ComparisonResult result, double effect, double standardError)
    {
        var sequence = AsymptoticConfidenceSequence.ForDifference(
            effect, standardError, result.UnitsPerVariant, _experiment.Rule.MinSample, _experiment.Rule.Alpha);
        var earlier = new AlwaysValidP(_history.MaximumOf(_metric.Key, result.Variant));
        if (!sequence.TryGet(out var now, out _))
        {
            return result;
        }

        var e = Elementary.Exp(now.LogEValue);
        return result with
        {
            AlwaysValidPValue = earlier.Look(now.LogEValue).P,
            EValue = double.IsFinite(e) ? e : null,
            LogEValue = now.LogEValue,
            ConfidenceSequence = new Interval(now.Interval.Lower, now.Interval.Upper),
        };
    }

    private static ComparisonResult With(ComparisonResult result, BeliefFigures figures) => result with
    {
        ProbabilityBetter = figures.Better,
        ProbabilityWorse = figures.Worse,
        ExpectedLoss = figures.LossOfTreatment,
        ExpectedLossOfControl = figures.LossOfControl,
        PosteriorMean = figures.EffectMean,
        CredibleInterval = figures.EffectInterval,
    };

    private static ComparisonResult With(ComparisonResult result, Computed<LiftEstimate> lift) =>
        lift.TryGet(out var estimate, out _)
            ? result with { Lift = estimate.Lift, LiftInterval = Ends(estimate.Interval) }
            : result;

    private static Interval Ends(ConfidenceInterval interval) => new(interval.Lower, interval.Upper);

    private ComparisonResult Empty(int variant, string? reason) => new(
        _experiment.Variants[variant].Key, _experiment.Variants[_control].Key,
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, 0, 0, reason);
}
