namespace Splitstream.Stats.Samples;

/// <summary>Quantiles of a sample.</summary>
public static class SampleQuantile
{
    /// <summary>Type 7: linear between the order statistics around position (n-1) q, counted from 0. The default of R and numpy.</summary>
    /// <param name="sorted">Ascending, finite, at least one.</param>
    /// <param name="q">In [0, 1]; 0 is the smallest value, 1 the largest.</param>
    /// <remarks>Hyndman and Fan 1996 (The American Statistician 50), definition 7.</remarks>
    public static double OfSorted(IReadOnlyList<double> sorted, double q)
    {
        ArgumentNullException.ThrowIfNull(sorted);
        Guard.AtLeast(sorted.Count, 1);
        if (!(q >= 0 && q <= 1))
            throw new ArgumentOutOfRangeException(nameof(q), q, "Must lie in [0, 1].");
        Guard.Finite(sorted[0], nameof(sorted));
        Guard.Finite(sorted[^1], nameof(sorted));
        var position = (sorted.Count - 1) * q;
        var below = (int)position;
        if (below >= sorted.Count - 1)
            return sorted[^1];
        var share = position - below;
        var (low, high) = (sorted[below], sorted[below + 1]);

        // The first form is exact for equal neighbours; the second does not overflow where their distance does.
        var distance = high - low;
        return double.IsFinite(distance) ? low + share * distance : (1 - share) * low + share * high;
    }
}
