using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>Mixture sequential probability ratio test of a difference of two normal means with known variance.</summary>
/// <remarks>Johari, Koomen, Pekelis and Walsh 2022, "Always Valid Inference", eq. 8; Robbins 1970.</remarks>
public static class MixtureSequentialTest
{
    /// <summary>
    /// ln Lambda with V = 2 sigma^2: ln(V/(V + n tau^2))/2 + n^2 tau^2 diff^2 / (2 V (V + n tau^2)). May be infinite.
    /// </summary>
    /// <param name="difference">Difference of the two means.</param>
    /// <param name="unitsPerVariant">n, at least 1, the same in both variants.</param>
    /// <param name="variance">sigma^2 of one unit, above 0.</param>
    /// <param name="mixingVariance">tau^2 of the mixing distribution of the difference, above 0.</param>
    public static double LogLikelihoodRatio(double difference, long unitsPerVariant, double variance, double mixingVariance)
    {
        Guard.Finite(difference);
        Guard.AtLeast(unitsPerVariant, 1);
        Guard.Positive(variance);
        Guard.Positive(mixingVariance);
        var v = 2 * variance;
        var nTau = unitsPerVariant * mixingVariance;
        var ratio = nTau / v;
        return ratio / (1 + ratio) * unitsPerVariant * (difference / v) * difference / 2 - 0.5 * Elementary.Log1p(ratio);
    }
}
