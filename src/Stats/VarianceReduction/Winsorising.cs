using Splitstream.Stats.Samples;

namespace Splitstream.Stats.VarianceReduction;

/// <summary>
/// Clipping of extreme values, so that a few units do not decide a mean. It changes what is estimated: the mean of clipped values. Bounds
/// for a comparison must come from all variants pooled; bounds of its own would hide an effect of a variant in its tail.
/// </summary>
public static class Winsorising
{
    /// <summary>Bounds at two quantiles (type 7, <see cref="SampleQuantile"/>), then mean and variance of the clipped values.</summary>
    /// <param name="values">Finite, in any order.</param>
    /// <param name="lowerQuantile">In [0, 1], below <paramref name="upperQuantile"/>; 0 clips nothing below.</param>
    /// <param name="upperQuantile">In [0, 1]; 1 clips nothing above.</param>
    /// <returns>Inconclusive below two values, or when a figure is beyond the range of a double.</returns>
    /// <remarks>Hyndman and Fan 1996 for the quantiles; Dixon 1960 for winsorising.</remarks>
    public static Computed<WinsorisedResult> Compute(IReadOnlyList<double> values, double lowerQuantile, double upperQuantile)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (!(lowerQuantile < upperQuantile))
            throw new ArgumentOutOfRangeException(nameof(lowerQuantile), lowerQuantile, "Must lie below the upper quantile.");
        if (values.Count < 2)
            return new Inconclusive(Inconclusive.TooFewUnits, "A variance needs two values.");
        foreach (var value in values)
            Guard.Finite(value, nameof(values));
        var sorted = values.Order().ToArray();
        var lower = SampleQuantile.OfSorted(sorted, lowerQuantile);
        var upper = SampleQuantile.OfSorted(sorted, upperQuantile);
        return Clip(values, lower, upper).Map(summary => new WinsorisedResult(lower, upper, summary));
    }

    /// <summary>Number, mean and variance of values clipped to fixed bounds.</summary>
    /// <param name="values">Finite.</param>
    /// <param name="lower">Finite, at most <paramref name="upper"/>.</param>
    /// <param name="upper">Finite.</param>
    /// <returns>As <see cref="SampleSummary.FromValues"/>.</returns>
    public static Computed<SampleSummary> Clip(IReadOnlyList<double> values, double lower, double upper)
    {
        ArgumentNullException.ThrowIfNull(values);
        Guard.Finite(lower);
        Guard.Finite(upper);
        foreach (var value in values)
            Guard.Finite(value, nameof(values));
        return SampleSummary.FromValues(values.Select(v => Math.Clamp(v, lower, upper)).ToArray());
    }
}
