using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Stats;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;

namespace Splitstream.Grains.Analysis;

/// <summary>What the posteriors say about one comparison; "better" follows the metric's direction.</summary>
internal sealed record BeliefFigures(
    double Better, double Worse, double LossOfTreatment, double LossOfControl, double EffectMean, Interval EffectInterval);

/// <summary>The posterior of one variant's mean. Best and loss are null for the only variant with units, which is the best of nothing.</summary>
internal sealed record VariantBelief(double Mean, Interval Interval, double? ProbabilityBest, double? LossAgainstBest);

/// <summary>
/// Posteriors of a metric. Conversions: Beta(1, 1), exact with one epoch, with several the beta of the same mean and variance as the
/// weighted sum. All others, and conversions that are adjusted for a covariate: normal with a flat prior on the effect, or the given one on
/// the lift. Pairs are weighted as their effect is; for P(best) all variants that have units share one set of weights, so that an epoch in
/// which one of them has none is left out there. P(best) and the loss against the best know no prior on the lift.
/// </summary>
internal static class Beliefs
{
    private const double Level = 0.95;

    public static Computed<BeliefFigures> OfConversions(IReadOnlyList<EpochConversions> epochs, bool higherIsBetter)
    {
        var combined = EpochPosterior.Combine(
            [.. epochs.Select(epoch => (IReadOnlyList<ConversionCounts>)[epoch.Control, epoch.Treatment])], BetaPosterior.Uniform);
        if (!combined.TryGet(out var beliefs, out var why))
        {
            return why;
        }

        var (control, treatment) = (beliefs[0], beliefs[1]);
        var probability = BetaComparison.ProbabilityBetter(control, treatment);
        var loss = BetaComparison.ExpectedLoss(control, treatment);
        var interval = BetaComparison.DifferenceInterval(control, treatment, Level);
        return Directed(
            higherIsBetter,
            probability.BGreater,
            probability.AGreater,
            loss.ChooseB,
            loss.ChooseA,
            treatment.Mean - control.Mean,
            new Interval(interval.Lower, interval.Upper));
    }

    /// <param name="prior">On the lift; null for a flat one on the effect.</param>
    public static Computed<BeliefFigures> OfEffect(MeanTestResult test, LiftPrior? prior, bool higherIsBetter)
    {
        var posterior = prior is null ? NormalPosterior.FromFlatPrior(test.Effect, test.StandardError) : FromLift(test, prior);
        if (!posterior.TryGet(out var belief, out var why))
        {
            return why;
        }

        var interval = belief.Interval(Level);
        return Directed(
            higherIsBetter,
            belief.ProbabilityAboveZero,
            belief.ProbabilityBelowZero,
            belief.RiskOfShipping,
            belief.RiskOfKeeping,
            belief.Mean,
            new Interval(interval.Lower, interval.Upper));
    }

    /// <summary>The belief about the lift in units of the metric, control's mean taken as known.</summary>
    private static Computed<NormalPosterior> FromLift(MeanTestResult test, LiftPrior prior)
    {
        if (!test.Lift.TryGet(out var lift, out var why)
            || !NormalPosterior.FromPrior(prior.Mean, prior.StandardDeviation * prior.StandardDeviation, lift.Lift, lift.StandardError)
                .TryGet(out var belief, out why))
        {
            return why;
        }

        var deviation = belief.StandardDeviation * Math.Abs(test.ControlMean);
        return deviation > 0 && double.IsFinite(deviation)
            ? new NormalPosterior(belief.Mean * test.ControlMean, deviation)
            : new Inconclusive(Inconclusive.Overflow, "The belief is outside the range of a double.");
    }

    /// <summary>One belief per variant; null for those without units, and for all when no epoch has units in each of the others.</summary>
    public static VariantBelief?[] OfVariants(MetricTable table, int variants, bool isConversion, bool higherIsBetter)
    {
        var result = new VariantBelief?[variants];
        var present = Enumerable.Range(0, variants).Where(variant => table.Units(variant) > 0).ToArray();
        if (present.Length == 0)
        {
            return result;
        }

        var compares = present.Length > 1;

        if (isConversion)
        {
            if (RatesOf(table, present) is { } rates)
            {
                var best = BestOf.Compute([.. rates.Select(rate => higherIsBetter ? rate : rate.Mirror())]);
                for (var i = 0; i < present.Length; i++)
                {
                    var interval = rates[i].EqualTailedInterval(Level);
                    result[present[i]] = new VariantBelief(
                        rates[i].Mean,
                        new Interval(interval.Lower, interval.Upper),
                        compares ? best[i].ProbabilityBest : null,
                        compares ? best[i].ExpectedLoss : null);
                }
            }
        }
        else if (MeansOf(table, present) is { } means)
        {
            var best = BestOf.Compute([.. means.Select(mean => higherIsBetter ? mean : mean.Mirror())]);
            for (var i = 0; i < present.Length; i++)
            {
                var interval = means[i].Interval(Level);
                result[present[i]] = new VariantBelief(
                    means[i].Mean,
                    new Interval(interval.Lower, interval.Upper),
                    compares ? best[i].ProbabilityBest : null,
                    compares ? best[i].ExpectedLoss : null);
            }
        }

        return result;
    }

    private static IReadOnlyList<BetaPosterior>? RatesOf(MetricTable table, int[] present)
    {
        var epochs = new List<IReadOnlyList<ConversionCounts>>();
        for (var epoch = 0; epoch < table.Epochs; epoch++)
        {
            var counts = present.Select(variant => table.Conversions(epoch, variant)).ToArray();
            if (counts.Any(count => !count.IsConclusive))
            {
                return null;
            }

            epochs.Add([.. counts.Select(count => count.Value)]);
        }

        return EpochPosterior.Combine(epochs, BetaPosterior.Uniform).TryGet(out var beliefs, out _) ? beliefs : null;
    }

    private static NormalPosterior[]? MeansOf(MetricTable table, int[] present)
    {
        var epochs = new List<SampleSummary[]>();
        for (var epoch = 0; epoch < table.Epochs; epoch++)
        {
            var summaries = present.Select(variant => table.Summary(epoch, variant)).ToArray();
            if (summaries.Any(summary => !summary.IsConclusive))
            {
                return null;
            }

            epochs.Add([.. summaries.Select(summary => summary.Value)]);
        }

        var weights = EpochWeights.Compute([.. epochs.Select(row => (IReadOnlyList<long>)[.. row.Select(cell => cell.Units)])], 2);
        var beliefs = new NormalPosterior[present.Length];
        for (var variant = 0; variant < present.Length; variant++)
        {
            double mean = 0, variance = 0;
            for (var epoch = 0; epoch < epochs.Count; epoch++)
            {
                mean += weights[epoch] * epochs[epoch][variant].Mean;
                variance += weights[epoch] * weights[epoch] * epochs[epoch][variant].VarianceOfMean;
            }

            if (!(variance > 0) || !double.IsFinite(variance) || !double.IsFinite(mean))
            {
                return null;
            }

            beliefs[variant] = new NormalPosterior(mean, Math.Sqrt(variance));
        }

        return beliefs;
    }

    private static BeliefFigures Directed(
        bool higherIsBetter, double above, double below, double shortfall, double excess, double mean, Interval interval) =>
        higherIsBetter
            ? new BeliefFigures(above, below, shortfall, excess, mean, interval)
            : new BeliefFigures(below, above, excess, shortfall, mean, interval);
}
