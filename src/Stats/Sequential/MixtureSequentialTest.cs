using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>Mixture sequential probability ratio test of a difference of two normal means with known variance.</summary>
/// <remarks>Johari, Koomen, Pekelis and Walsh 2022, "Always Valid Inference", eq. 8; Robbins 1970.</remarks>
public static class MixtureSequentialTest
{
    /// <summary>ln of the largest double: from here on Lambda overflows.</summary>
    private const double LargestLog = 709.782712893384;

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
        var share = ratio < 1e300 ? ratio / (1 + ratio) : 1;
        return share * unitsPerVariant * (difference / v) * difference / 2 - 0.5 * Elementary.Log1p(ratio);
    }

    /// <summary>Always-valid p-values of successive looks: the smallest 1/Lambda so far, at most 1.</summary>
    /// <param name="differences">Difference of the two means at each look.</param>
    /// <param name="unitsPerVariant">n at each look, strictly increasing, at least 1.</param>
    /// <param name="variance">sigma^2 of one unit, above 0.</param>
    /// <param name="mixingVariance">tau^2, above 0.</param>
    /// <returns>One p-value per look; 0 where Lambda overflows. Inconclusive when it is not a number at all.</returns>
    public static Computed<double[]> PValues(
        IReadOnlyList<double> differences, IReadOnlyList<long> unitsPerVariant, double variance, double mixingVariance)
    {
        ArgumentNullException.ThrowIfNull(differences);
        ArgumentNullException.ThrowIfNull(unitsPerVariant);
        if (differences.Count != unitsPerVariant.Count)
            throw new ArgumentException("Needs one number of units per difference.", nameof(unitsPerVariant));
        var p = AlwaysValidP.Start;
        var result = new double[differences.Count];
        for (var k = 0; k < result.Length; k++)
        {
            if (k > 0 && unitsPerVariant[k] <= unitsPerVariant[k - 1])
                throw new ArgumentException("Numbers of units must be strictly increasing.", nameof(unitsPerVariant));
            var log = LogLikelihoodRatio(differences[k], unitsPerVariant[k], variance, mixingVariance);
            if (double.IsNaN(log))
                return new Inconclusive(Inconclusive.Overflow, "A variance is outside the range that a double can divide.");
            p = p.Look(log > LargestLog ? double.PositiveInfinity : log);
            result[k] = p.P;
        }

        return result;
    }
}
