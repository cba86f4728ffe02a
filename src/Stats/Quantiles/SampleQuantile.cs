namespace Splitstream.Stats.Quantiles;

/// <summary>Quantiles of a sample, as PostgreSQL's percentile_cont computes them.</summary>
public static class SampleQuantile
{
    /// <summary>Linear between the order statistics around (n - 1) q: type 7 of Hyndman and Fan 1996.</summary>
    /// <param name="sorted">Values in ascending order, finite.</param>
    /// <param name="quantile">q in [0, 1]; 0 is the smallest value, 1 the largest.</param>
    /// <returns>Inconclusive for an empty list.</returns>
    /// <exception cref="ArgumentException">The values around the quantile are not finite or not in order, or q is out of range.</exception>
    public static Computed<double> OfSorted(IReadOnlyList<double> sorted, double quantile)
    {
        ArgumentNullException.ThrowIfNull(sorted);
        if (!(quantile >= 0 && quantile <= 1))
            throw new ArgumentOutOfRangeException(nameof(quantile), quantile, "Must lie in [0, 1].");
        if (sorted.Count == 0)
            return new Inconclusive(Inconclusive.NoUnits, "There are no values.");
        var place = (sorted.Count - 1) * quantile;
        var index = (int)Math.Floor(place);
        var (low, high) = (sorted[index], sorted[Math.Min(index + 1, sorted.Count - 1)]);
        Guard.Finite(low, nameof(sorted));
        Guard.Finite(high, nameof(sorted));
        if (high < low)
            throw new ArgumentException("The values are not in ascending order.", nameof(sorted));
        var share = place - index;
        return low == high ? low : low * (1 - share) + high * share;
    }
}
