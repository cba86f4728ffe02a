using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Stats;
using Splitstream.Stats.Distributions;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// Intervals of the primary metric's comparisons that say what their corrected p-values say. Pure. Each has the share of alpha at which
/// Holm's procedure decided it: alpha over (m - k + 1) for the k-th smallest of m p-values while it rejects, and the share at which it
/// stopped for all that are left. It uses the standard error of the test itself, effect over statistic, which is the pooled one for
/// conversions; so it excludes zero exactly when the corrected p-value is below alpha.
/// </summary>
/// <remarks>
/// Guilbaud 2008 (Biometrical Journal 50) and Strassburger and Bretz 2008 (Statistics in Medicine 27) for those left. For rejected ones
/// theory grants simultaneously no more than the sign of the effect; beyond it the interval covers at its own share of alpha.
/// </remarks>
internal static class AdjustedIntervals
{
    /// <summary>One interval per comparison, in their order; null where there is no test.</summary>
    /// <param name="comparisons">Of one metric, all against the same control.</param>
    /// <param name="alpha">Of the whole family, in (0, 1).</param>
    /// <param name="holm">False leaves every comparison the whole of alpha.</param>
    public static Interval?[] Compute(IReadOnlyList<ComparisonResult> comparisons, double alpha, bool holm)
    {
        var result = new Interval?[comparisons.Count];
        var order = Enumerable.Range(0, comparisons.Count).Where(i => comparisons[i].PValue is not null)
            .OrderBy(i => comparisons[i].PValue).ToArray();
        var share = holm ? alpha / order.Length : alpha;
        var rejecting = true;
        for (var k = 0; k < order.Length; k++)
        {
            if (rejecting && holm)
            {
                share = alpha / (order.Length - k);
                rejecting = comparisons[order[k]].PValue < share;
            }

            result[order[k]] = At(comparisons[order[k]], share);
        }

        return result;
    }

    private static Interval? At(ComparisonResult comparison, double alpha)
    {
        if (comparison is not { Effect: { } effect, Statistic: { } statistic, StandardError: { } unpooled })
        {
            return null;
        }

        var quantile = comparison.DegreesOfFreedom is { } degrees
            ? StudentDistribution.Quantile(alpha / 2, degrees, Tail.Upper)
            : NormalDistribution.Quantile(alpha / 2, Tail.Upper);

        // No effect at all tells no error of the test; zero is then in the middle of any interval.
        var half = quantile * (statistic == 0 ? unpooled : Math.Abs(effect / statistic));
        return double.IsFinite(half) ? new Interval(effect - half, effect + half) : null;
    }
}
