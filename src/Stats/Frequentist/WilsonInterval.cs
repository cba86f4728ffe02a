using Splitstream.Stats.Distributions;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Frequentist;

/// <summary>Wilson's score interval of one rate; stays inside [0, 1] and is informative at 0 and n conversions.</summary>
/// <remarks>Wilson 1927: the rates p with |x - n p| at most z sqrt(n p (1-p)).</remarks>
public static class WilsonInterval
{
    /// <summary>The interval at <paramref name="level"/> in (0, 1); inconclusive without units.</summary>
    public static Computed<ConfidenceInterval> Compute(ConversionCounts counts, double level)
    {
        ArgumentNullException.ThrowIfNull(counts);
        counts.Check();
        Guard.Probability(level);
        if (counts.Units == 0)
            return new Inconclusive(Inconclusive.NoUnits, "A rate of no units is undefined.");
        double n = counts.Units;
        var z = NormalDistribution.Quantile((1 - level) / 2, Tail.Upper);
        var z2 = z * z;
        var root = z * Math.Sqrt(counts.Rate * counts.Failures + z2 / 4);

        // Both ends are roots of one quadratic with product x^2/(n(n+z^2)): the smaller one by division, without cancellation.
        // The same holds for the shares of failures, which give the upper end as a complement.
        var lower = counts.Conversions == 0 ? 0 : counts.Conversions * counts.Rate / (counts.Conversions + z2 / 2 + root);
        var upperFailure = counts.Failures == 0 ? 0 : counts.Failures * counts.FailureRate / (counts.Failures + z2 / 2 + root);
        var upper = counts.Rate < 0.5 ? (counts.Conversions + z2 / 2 + root) / (n + z2) : 1 - upperFailure;
        return new ConfidenceInterval(lower, counts.Failures == 0 ? 1 : upper, level);
    }
}
