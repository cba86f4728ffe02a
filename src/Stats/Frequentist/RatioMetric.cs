using Splitstream.Stats.Distributions;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Frequentist;

/// <summary>
/// Metrics that divide one sum by another over the same units, such as clicks by views: x is a unit's denominator, y its numerator.
/// The unit, not the view, is what was randomised, so the variance is over units.
/// </summary>
/// <remarks>Deng, Knoblich and Lu 2018 (KDD), section 3.1. The delta method wants a mean denominator many standard errors from zero.</remarks>
public static class RatioMetric
{
    private const long MinimumUnits = 2;

    /// <summary>R = mean(y)/mean(x), variance (s_y^2 - 2 R s_xy + R^2 s_x^2)/(n mean(x)^2).</summary>
    /// <returns>Inconclusive below two units, for denominators that sum to zero, or when a figure is not finite.</returns>
    public static Computed<RatioEstimate> Estimate(PairedSummary pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (pairs.Units < MinimumUnits)
            return TooFewUnits();
        if (pairs.MeanX == 0)
            return ZeroDenominator();
        var ratio = pairs.MeanY / pairs.MeanX;
        var variance = pairs.VarianceOfDifference(ratio) / pairs.MeanX / pairs.MeanX / pairs.Units;
        return double.IsFinite(ratio) && double.IsFinite(variance)
            ? new RatioEstimate(ratio, variance)
            : new Inconclusive(Inconclusive.Overflow, "The denominators are too close to zero.");
    }

    /// <summary>The same from sums, as exact as they are or rounded to doubles.</summary>
    /// <returns>As for a summary, or inconclusive for sums no values could have; denominators that sum to zero come first of all.</returns>
    public static Computed<RatioEstimate> Estimate(PairedSums sums)
    {
        ArgumentNullException.ThrowIfNull(sums);
        if (sums.Summarise(rounded: true).TryGet(out var pairs, out var why))
            return Estimate(pairs);
        return why.Reason == Inconclusive.ImpossibleCovariance && sums.SumX.Unscaled.IsZero ? ZeroDenominator() : why;
    }

    /// <summary>Difference of two variants' ratios, treatment minus control, with a z test.</summary>
    /// <returns>As <see cref="Stratified"/>.</returns>
    public static Computed<RatioTestResult> Difference(PairedSummary control, PairedSummary treatment, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        return Stratified([new EpochPairs(control, treatment)], level);
    }

    /// <summary>
    /// The difference over epochs: effect = sum of w_e (R_t,e - R_c,e), variance = sum of w_e^2 (var R_t,e + var R_c,e) with the weights
    /// of <see cref="EpochWeights"/>. One epoch has weight 1.
    /// </summary>
    /// <returns>
    /// Inconclusive when no epoch has two units in both variants, when an epoch that counts has denominators that sum to zero, or when
    /// nothing varies.
    /// </returns>
    /// <remarks>Greenland and Robins 1985 for the weights.</remarks>
    public static Computed<RatioTestResult> Stratified(IReadOnlyList<EpochPairs> epochs, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(epochs);
        Guard.Probability(level);
        var units = epochs.Select(e => (IReadOnlyList<long>)[e.Control?.Units ?? 0, e.Treatment?.Units ?? 0]).ToArray();
        var weights = EpochWeights.Compute(units, MinimumUnits);
        double controlRatio = 0, treatmentRatio = 0, effect = 0, controlVariance = 0, treatmentVariance = 0;
        var used = 0;
        for (var e = 0; e < epochs.Count; e++)
        {
            var w = weights[e];
            if (w == 0)
                continue;
            if (!Estimate(epochs[e].Control!).TryGet(out var control, out var why)
                || !Estimate(epochs[e].Treatment!).TryGet(out var treatment, out why))
                return why;
            used++;
            controlRatio += w * control.Ratio;
            treatmentRatio += w * treatment.Ratio;
            effect += w * (treatment.Ratio - control.Ratio);
            controlVariance += w * w * control.Variance;
            treatmentVariance += w * w * treatment.Variance;
        }

        if (used == 0)
            return units.Any(u => u[0] > 0 && u[1] > 0) ? TooFewUnits() : new Inconclusive(Inconclusive.NoUnits, "A variant has no units.");
        var standardError = Math.Sqrt(controlVariance + treatmentVariance);
        if (!(standardError > 0))
            return new Inconclusive(Inconclusive.ZeroVariance, "Every unit of each variant has the same ratio.");
        var z = effect / standardError;
        var half = NormalDistribution.Quantile((1 - level) / 2, Tail.Upper) * standardError;
        if (!double.IsFinite(z) || !double.IsFinite(effect) || !double.IsFinite(half))
            return new Inconclusive(Inconclusive.Overflow, "The ratios are outside the range of a double.");
        return new RatioTestResult(
            controlRatio,
            treatmentRatio,
            effect,
            standardError,
            z,
            Math.Min(1, 2 * NormalDistribution.Cdf(Math.Abs(z), Tail.Upper)),
            new ConfidenceInterval(effect - half, effect + half, level),
            RelativeLift.Compute(controlRatio, controlVariance, treatmentRatio, treatmentVariance, level),
            used);
    }

    private static Inconclusive ZeroDenominator() => new(Inconclusive.ZeroDenominator, "The denominators sum to zero.");

    private static Inconclusive TooFewUnits() => new(Inconclusive.TooFewUnits, "A variance needs two units in each variant.");
}
