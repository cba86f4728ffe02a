using Splitstream.Stats.Distributions;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Frequentist;

/// <summary>Two-sided z test of two conversion rates, treatment minus control; plain, or stratified by epoch.</summary>
public static class TwoProportionTest
{
    /// <summary>z = (p2 - p1) / sqrt(p (1-p) (1/n1 + 1/n2)) with the pooled rate p; interval from the unpooled variance.</summary>
    /// <returns>Inconclusive without units in a variant, or when nobody or everybody converted.</returns>
    /// <remarks>Fleiss, Levin and Paik 2003, section 3.1 (without continuity correction).</remarks>
    public static Computed<TwoProportionResult> Compute(ConversionCounts control, ConversionCounts treatment, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        control.Check();
        treatment.Check();
        Guard.Probability(level);
        if (control.Units == 0 || treatment.Units == 0)
            return NoUnits();
        return Conclude(
            control.Rate,
            treatment.Rate,
            control.RateDifference(treatment),
            control.VarianceOfRate,
            treatment.VarianceOfRate,
            control.VarianceOfRate + treatment.VarianceOfRate,
            NullVariance(control, treatment),
            level,
            1);
    }

    /// <summary>
    /// Effect = sum of w_e (p_t,e - p_c,e) with the weights of <see cref="EpochWeights"/>; null variance = sum of w_e^2 p_e (1-p_e)
    /// (1/n_t,e + 1/n_c,e), so that no rate is pooled across a change of weights. One epoch gives the plain test to the bit.
    /// </summary>
    /// <returns>Inconclusive when no epoch has units in both variants, or when nobody or everybody converted in every epoch.</returns>
    /// <remarks>Greenland and Robins 1985, risk difference; Mantel and Haenszel 1959 for the idea of the null variance.</remarks>
    public static Computed<TwoProportionResult> Stratified(IReadOnlyList<EpochConversions> epochs, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(epochs);
        Guard.Probability(level);
        var units = new long[epochs.Count][];
        for (var e = 0; e < epochs.Count; e++)
        {
            epochs[e].Control.Check();
            epochs[e].Treatment.Check();
            units[e] = [epochs[e].Control.Units, epochs[e].Treatment.Units];
        }

        var weights = EpochWeights.Compute(units);
        double controlRate = 0, treatmentRate = 0, effect = 0;
        double controlVariance = 0, treatmentVariance = 0, variance = 0, nullVariance = 0;
        var used = 0;
        for (var e = 0; e < epochs.Count; e++)
        {
            var w = weights[e];
            if (w == 0)
                continue;
            var (control, treatment) = (epochs[e].Control, epochs[e].Treatment);
            used++;
            controlRate += w * control.Rate;
            treatmentRate += w * treatment.Rate;
            effect += w * control.RateDifference(treatment);
            controlVariance += w * w * control.VarianceOfRate;
            treatmentVariance += w * w * treatment.VarianceOfRate;
            variance += w * w * (control.VarianceOfRate + treatment.VarianceOfRate);
            nullVariance += w * w * NullVariance(control, treatment);
        }

        return used == 0
            ? NoUnits()
            : Conclude(controlRate, treatmentRate, effect, controlVariance, treatmentVariance, variance, nullVariance, level, used);
    }

    private static double NullVariance(ConversionCounts control, ConversionCounts treatment)
    {
        double units = control.Units + treatment.Units;
        var rate = (control.Conversions + treatment.Conversions) / units;
        var failureRate = (control.Failures + treatment.Failures) / units;
        return rate * failureRate * (1.0 / control.Units + 1.0 / treatment.Units);
    }

    private static Computed<TwoProportionResult> Conclude(
        double controlRate,
        double treatmentRate,
        double effect,
        double controlVariance,
        double treatmentVariance,
        double variance,
        double nullVariance,
        double level,
        int epochsUsed)
    {
        if (!(nullVariance > 0))
            return new Inconclusive(Inconclusive.ZeroVariance, "Nobody or everybody converted, in both variants alike.");
        var z = effect / Math.Sqrt(nullVariance);
        var standardError = Math.Sqrt(variance);
        var half = NormalDistribution.Quantile((1 - level) / 2, Tail.Upper) * standardError;
        return new TwoProportionResult(
            controlRate,
            treatmentRate,
            effect,
            standardError,
            z,
            Math.Min(1, 2 * NormalDistribution.Cdf(Math.Abs(z), Tail.Upper)),
            new ConfidenceInterval(effect - half, effect + half, level),
            RelativeLift.Compute(controlRate, controlVariance, treatmentRate, treatmentVariance, level),
            epochsUsed);
    }

    private static Inconclusive NoUnits() => new(Inconclusive.NoUnits, "No epoch has units in both variants.");
}
