using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>Confidence sequence of a mean or a difference from its estimate and variance alone, valid at every look once n is large.</summary>
/// <remarks>Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, "Time-uniform central limit theory", eqs. 9 to 11.</remarks>
public static class AsymptoticConfidenceSequence
{
    /// <summary>rho = sqrt((-2 ln alpha + ln(-2 ln alpha + 1)) / n_opt): narrowest at about n_opt. Fix it before the first look.</summary>
    public static double Rho(long optimalUnits, double alpha)
    {
        Guard.AtLeast(optimalUnits, 1);
        Guard.Probability(alpha);
        var twice = -2 * Elementary.Log(alpha);
        return Math.Sqrt((twice + Elementary.Log1p(twice)) / optimalUnits);
    }

    /// <summary>
    /// Half-width sqrt(s2) sqrt(2 (n rho^2 + 1)/(n^2 rho^2) ln(sqrt(n rho^2 + 1)/alpha)) and
    /// ln e = rho^2 n^2 estimate^2 / (2 s2 (n rho^2 + 1)) - ln(n rho^2 + 1)/2.
    /// </summary>
    /// <param name="estimate">Estimate from <paramref name="units"/> observations.</param>
    /// <param name="variance">s2: variance of one observation, so that the estimate's own variance is s2/n.</param>
    /// <param name="units">n, at least 1.</param>
    /// <param name="optimalUnits">n at which the sequence is to be narrowest, at least 1.</param>
    /// <param name="alpha">Time-uniform error rate in (0, 1).</param>
    /// <returns>Inconclusive for a variance of zero, or when a result is not finite.</returns>
    public static Computed<AsymptoticSequenceResult> Compute(
        double estimate, double variance, long units, long optimalUnits, double alpha)
    {
        Guard.AtLeast(units, 1);
        Guard.Finite(estimate);
        Guard.NotNegative(variance);
        if (variance == 0)
            return new Inconclusive(Inconclusive.ZeroVariance, "The estimate has no variance.");
        var rho = Rho(optimalUnits, alpha);
        double n = units;
        var nRho2 = n * rho * rho;
        var logRoot = 0.5 * Elementary.Log1p(nRho2);
        var halfWidth = Math.Sqrt(variance) * Math.Sqrt(2 * (nRho2 + 1) / (n * nRho2) * (logRoot - Elementary.Log(alpha)));
        var logE = nRho2 / (nRho2 + 1) * n * (estimate / variance) * estimate / 2 - logRoot;
        if (!double.IsFinite(halfWidth) || !double.IsFinite(logE))
            return new Inconclusive(Inconclusive.Overflow, "The evidence or the width is outside the range of a double.");
        return new AsymptoticSequenceResult(
            rho, halfWidth, logE, new ConfidenceSequence(estimate - halfWidth, estimate + halfWidth, alpha));
    }

    /// <summary>The same for a difference of two variants, given its standard error.</summary>
    /// <param name="effect">Treatment minus control, stratified or adjusted as it may be.</param>
    /// <param name="standardError">Its standard error, at least 0.</param>
    /// <param name="unitsPerVariant">
    /// Number of units per variant that measures time; for unequal variants their harmonic mean (<see cref="UnitsPerVariant"/>).
    /// </param>
    /// <param name="optimalUnitsPerVariant">Fixed at the start of the experiment; by default its minimum sample.</param>
    /// <param name="alpha">Time-uniform error rate in (0, 1).</param>
    public static Computed<AsymptoticSequenceResult> ForDifference(
        double effect, double standardError, long unitsPerVariant, long optimalUnitsPerVariant, double alpha)
    {
        Guard.NotNegative(standardError);
        return Compute(effect, standardError * standardError * unitsPerVariant, unitsPerVariant, optimalUnitsPerVariant, alpha);
    }

    /// <summary>Harmonic mean of two numbers of units, rounded down; 0 when one is 0.</summary>
    public static long UnitsPerVariant(long control, long treatment)
    {
        Guard.AtLeast(control, 0);
        Guard.AtLeast(treatment, 0);
        if (control == 0 || treatment == 0)
            return 0;
        return (long)((Int128)2 * control * treatment / ((Int128)control + treatment));
    }
}
