using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Srm;

/// <summary>Test of sample ratio mismatch at a fixed time; plain, or stratified by epoch.</summary>
/// <remarks>
/// Fabijan et al. 2019 (KDD). Repeated looks inflate it: at p below .001 watched every five minutes for 28 days it alarms in 3.7 % of
/// sound experiments, which is why the alarm itself is <see cref="MultinomialEProcess"/>.
/// </remarks>
public static class SampleRatioTest
{
    /// <summary>Tests one set of counts: expected = total * weight / sum of weights, degrees of freedom = positive weights - 1.</summary>
    /// <returns>
    /// Inconclusive without units, with fewer than two positive weights, or with units in a variant of weight zero. A variant of
    /// weight zero without units is left out.
    /// </returns>
    public static Computed<SampleRatioResult> Compute(IReadOnlyList<long> observed, IReadOnlyList<double> weights) =>
        Stratified([new SampleRatioEpoch(observed, weights)]);

    /// <summary>
    /// Tests every epoch against its own weights: sum of the epochs' statistics with summed degrees of freedom. Pooled counts are
    /// never compared with anything, as weights differ between epochs.
    /// </summary>
    /// <returns>As <see cref="Compute"/>; epochs without units, or with a single positive weight, say nothing and are left out.</returns>
    public static Computed<SampleRatioResult> Stratified(IReadOnlyList<SampleRatioEpoch> epochs)
    {
        ArgumentNullException.ThrowIfNull(epochs);
        var statistic = 0.0;
        var degrees = 0;
        var variants = epochs.Count == 0 ? 0 : epochs[0].Observed.Count;
        var expected = new double[variants];
        var anyUnits = false;
        foreach (var epoch in epochs)
        {
            Check(epoch, variants);
            var sum = Int128.Zero;
            var weightSum = 0.0;
            var positive = 0;
            for (var i = 0; i < variants; i++)
            {
                if (epoch.Weights[i] == 0 && epoch.Observed[i] > 0)
                    return new Inconclusive(Inconclusive.UnitsInZeroWeightVariant, $"{epoch.Observed[i]} units in a variant of weight zero.");
                sum += epoch.Observed[i];
                weightSum += epoch.Weights[i];
                positive += epoch.Weights[i] > 0 ? 1 : 0;
            }

            var total = (double)sum;
            anyUnits |= total > 0;
            if (total == 0 || positive == 0)
                continue;
            for (var i = 0; i < variants; i++)
            {
                if (epoch.Weights[i] == 0)
                    continue;
                var planned = total * epoch.Weights[i] / weightSum;
                expected[i] += planned;
                if (positive > 1)
                    statistic += (epoch.Observed[i] - planned) * (epoch.Observed[i] - planned) / planned;
            }

            degrees += positive - 1;
        }

        if (!anyUnits)
            return new Inconclusive(Inconclusive.NoUnits, "There are no units to compare with the weights.");
        if (degrees == 0)
            return new Inconclusive(Inconclusive.TooFewVariants, "Fewer than two variants have a positive weight.");
        if (!double.IsFinite(statistic))
            return new Inconclusive(Inconclusive.Overflow, "A weight is so small that the statistic is not finite.");
        var logP = ChiSquareDistribution.LogCdf(statistic, degrees, Tail.Upper);
        return new SampleRatioResult(statistic, degrees, Elementary.Exp(logP), Elementary.Log10FromLog(logP), expected);
    }

    private static void Check(SampleRatioEpoch epoch, int variants)
    {
        if (epoch.Observed.Count != variants || epoch.Weights.Count != variants)
            throw new ArgumentException("Every epoch needs one count and one weight per variant.", nameof(epoch));
        foreach (var count in epoch.Observed)
            Guard.AtLeast(count, 0, "observed");
        foreach (var weight in epoch.Weights)
            Guard.NotNegative(weight, "weights");
    }
}
