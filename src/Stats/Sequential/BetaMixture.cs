using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Sequential;

/// <summary>Sequential test of one rate, and of two rates, by beta mixtures. Exact at every sample size, not only for large ones.</summary>
/// <remarks>Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021.</remarks>
public static class BetaMixture
{
    /// <summary>ln e = ln B(a+s, b+f) - ln B(a, b) - s ln p0 - f ln(1-p0): evidence against the rate p0 from s of s+f conversions.</summary>
    /// <param name="counts">Conversions and units so far.</param>
    /// <param name="mixture">Beta(a, b) over which the alternative is averaged; fixed before the first unit.</param>
    /// <param name="nullRate">p0 in (0, 1).</param>
    public static double LogEValue(ConversionCounts counts, BetaPosterior mixture, double nullRate)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(mixture);
        counts.Check();
        Guard.Probability(nullRate);
        return LogEValue(counts, mixture, nullRate, 1 - nullRate);
    }

    /// <summary>All rates p with ln e(p) below ln(1/alpha): 0 is included when nobody converted, 1 when everybody did.</summary>
    /// <returns>Inconclusive without units, where every rate is possible.</returns>
    public static Computed<ConfidenceSequence> Interval(ConversionCounts counts, BetaPosterior mixture, double alpha)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(mixture);
        counts.Check();
        Guard.Probability(alpha);
        if (counts.Units == 0)
            return new Inconclusive(Inconclusive.NoUnits, "There are no units.");
        var threshold = -Elementary.Log(alpha);
        var lower = counts.Conversions == 0 ? 0 : Logistic(LowerLogit(counts, mixture, threshold));
        var mirrored = new ConversionCounts(counts.Units, counts.Failures);
        var upper = counts.Failures == 0 ? 1 : Logistic(-LowerLogit(mirrored, mixture.Mirror(), threshold));
        return new ConfidenceSequence(lower, upper, alpha);
    }

    /// <summary>
    /// Two variants, always valid: ln of the smallest product of both e-values over a common rate, which bounds the evidence against
    /// equal rates from below whatever that rate is.
    /// </summary>
    /// <remarks>
    /// For a common rate p the product e_control(p) e_treatment(p) is an e-process, as the units are independent; the infimum over p
    /// is at most the product at the true one (universal inference, Wasserman, Ramdas and Balakrishnan 2020). It is attained at the
    /// pooled rate.
    /// </remarks>
    public static double LogEValueOfEquality(ConversionCounts control, ConversionCounts treatment, BetaPosterior mixture)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        ArgumentNullException.ThrowIfNull(mixture);
        control.Check();
        treatment.Check();
        double units = control.Units + treatment.Units;
        if (units == 0)
            return 0;
        var rate = (control.Conversions + treatment.Conversions) / units;
        var failureRate = (control.Failures + treatment.Failures) / units;
        return LogEValue(control, mixture, rate, failureRate) + LogEValue(treatment, mixture, rate, failureRate);
    }

    /// <summary>
    /// With m = a + s, k = b + f: ln[B(m, k)/B(a, b)] - s ln p - f ln q is the difference of two kernels,
    /// ln[p^a q^b / B(a, b)] - ln[p^m q^k / B(m, k)], each formed without cancellation.
    /// </summary>
    private static double LogEValue(ConversionCounts counts, BetaPosterior mixture, double p, double q)
    {
        if (p > 0 && q > 0)
        {
            return BetaTails.LogKernel(mixture.Alpha, mixture.Beta, p, q)
                - BetaTails.LogKernel(mixture.Alpha + counts.Conversions, mixture.Beta + counts.Failures, p, q);
        }

        // At a rate of 0 or 1 only data without exceptions are possible, and their null likelihood is 1.
        return GammaFunctions.LogBeta(mixture.Alpha + counts.Conversions, mixture.Beta + counts.Failures)
            - GammaFunctions.LogBeta(mixture.Alpha, mixture.Beta);
    }

    private static double LowerLogit(ConversionCounts counts, BetaPosterior mixture, double threshold)
    {
        // ln e falls in p up to the observed rate: solve threshold - ln e = 0 in the logit, on the left of it.
        var peak = counts.Failures == 0 ? double.PositiveInfinity : Elementary.Log((double)counts.Conversions / counts.Failures);
        var start = (double.IsInfinity(peak) ? Elementary.Log(1.0 + counts.Conversions) : peak) - 1;
        return MonotoneRoot.Solve(
            logit =>
            {
                if (logit >= peak)
                    return (threshold, 0);
                var (p, q) = (Logistic(logit), Logistic(-logit));
                return (threshold - LogEValue(counts, mixture, p, q), counts.Conversions * q - counts.Failures * p);
            },
            start,
            1);
    }

    private static double Logistic(double logit) => 1 / (1 + Elementary.Exp(-logit));
}
