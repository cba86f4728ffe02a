using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Quantiles;

/// <summary>A quantile over the rows (events) of a variant, with an interval that knows which rows belong to one unit.</summary>
/// <remarks>
/// Deng, Knoblich and Lu 2018 (KDD, "Applying the Delta Method in Metric Analytics"), section 4: the share of rows below the quantile
/// has a standard error by the delta method over units; the quantiles at q -/+ z times that error are the ends of the interval of the
/// value (the outer interval), and its width gives the standard error. No density has to be estimated. Right for a continuous metric;
/// where many rows share the value of the quantile the interval can be wide, or a point, which is inconclusive. An extreme quantile
/// wants about a hundred units beyond it: with some twenty units that fill the tail, 95 % intervals covered 93 % in simulations.
/// </remarks>
public static class QuantileMetric
{
    /// <summary>First step over stored data: which two quantiles to look up beside the one that was asked for.</summary>
    /// <param name="counts">Counts of the variant's units with rows at or below its quantile.</param>
    /// <param name="quantile">q in (0, 1).</param>
    /// <param name="level">Coverage of the interval, in (0, 1).</param>
    /// <returns>
    /// Inconclusive without units, below two units, when units contradict each other or do not differ, and when the interval would leave
    /// (0, 1): too few units for so extreme a quantile.
    /// </returns>
    public static Computed<OuterLevels> Levels(ClusterCounts counts, double quantile, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(counts);
        Guard.Probability(quantile);
        Guard.Probability(level);
        return counts.ErrorOfShare().TryGet(out var error, out var why) ? Levels(error, quantile, level) : why;
    }

    /// <summary>Second step over stored data: the estimate from the three quantiles that were looked up.</summary>
    /// <param name="counts">As in <see cref="Levels(ClusterCounts, double, double)"/>.</param>
    /// <param name="quantile">q in (0, 1).</param>
    /// <param name="value">Quantile q of the rows.</param>
    /// <param name="lower">Quantile of the rows at <see cref="OuterLevels.Lower"/>, at most <paramref name="value"/>.</param>
    /// <param name="upper">Quantile of the rows at <see cref="OuterLevels.Upper"/>, at least <paramref name="value"/>.</param>
    /// <param name="level">The same as in the first step.</param>
    /// <returns>As the first step; inconclusive also when both ends are equal.</returns>
    /// <exception cref="ArgumentException">The three are not finite or not in order.</exception>
    public static Computed<QuantileEstimate> FromSummary(
        ClusterCounts counts, double quantile, double value, double lower, double upper, double level = 0.95) =>
        Levels(counts, quantile, level).TryGet(out _, out var why)
            ? Conclude(quantile, value, lower, upper, level, counts.Units)
            : why;

    /// <summary>From raw rows: both steps at once. Rows of one unit may be anywhere in the list.</summary>
    /// <returns>As <see cref="FromSummary"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is not finite.</exception>
    public static Computed<QuantileEstimate> Clustered(IReadOnlyList<QuantileRow> rows, double quantile, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Guard.Probability(quantile);
        Guard.Probability(level);
        var sorted = Sorted(rows.Select(row => row.Value));
        if (sorted.Length == 0)
            return NoValues();
        var value = SampleQuantile.OfSorted(sorted, quantile);
        var units = new Dictionary<int, (long Rows, long Below)>();
        foreach (var row in rows)
        {
            var (count, below) = units.GetValueOrDefault(row.Unit);
            units[row.Unit] = (count + 1, below + (row.Value <= value ? 1 : 0));
        }

        if (!ClusterCounts.FromUnits(units.Values).ErrorOfShare().TryGet(out var error, out var why))
            return why;
        return Levels(error, quantile, level).TryGet(out var levels, out why)
            ? LookUp(sorted, quantile, value, levels, level, units.Count)
            : why;
    }

    /// <summary>From one value per unit, all independent: error sqrt(q (1-q) / n) of the share below.</summary>
    /// <returns>As <see cref="FromSummary"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is not finite.</exception>
    /// <remarks>Order statistics around n q -/+ z sqrt(n q (1-q)); David and Nagaraja 2003, section 7.1.</remarks>
    public static Computed<QuantileEstimate> Independent(IReadOnlyList<double> values, double quantile, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(values);
        Guard.Probability(quantile);
        Guard.Probability(level);
        var sorted = Sorted(values);
        if (sorted.Length == 0)
            return NoValues();
        var value = SampleQuantile.OfSorted(sorted, quantile);
        return Levels(Math.Sqrt(quantile * (1 - quantile) / sorted.Length), quantile, level).TryGet(out var levels, out var why)
            ? LookUp(sorted, quantile, value, levels, level, sorted.Length)
            : why;
    }

    private static Computed<OuterLevels> Levels(double errorOfShare, double quantile, double level)
    {
        if (errorOfShare == 0)
            return new Inconclusive(Inconclusive.ZeroVariance, "Every unit has the same share of rows below the quantile.");
        var half = NormalDistribution.Quantile((1 - level) / 2, Tail.Upper) * errorOfShare;
        var (lower, upper) = (quantile - half, quantile + half);
        return lower > 0 && upper < 1
            ? new OuterLevels(lower, upper)
            : new Inconclusive(Inconclusive.TooFewUnits, $"Too few units for an interval of the quantile {quantile}.");
    }

    private static Computed<QuantileEstimate> LookUp(
        double[] sorted, double quantile, double value, OuterLevels levels, double level, long units) => Conclude(
        quantile, value, SampleQuantile.OfSorted(sorted, levels.Lower), SampleQuantile.OfSorted(sorted, levels.Upper), level, units);

    private static Computed<QuantileEstimate> Conclude(double quantile, double value, double lower, double upper, double level, long units)
    {
        Guard.Finite(value);
        Guard.Finite(lower);
        Guard.Finite(upper);
        if (lower > value || value > upper)
            throw new ArgumentException($"The quantiles {lower}, {value} and {upper} are not in order.");
        var error = (upper - lower) / (2 * NormalDistribution.Quantile((1 - level) / 2, Tail.Upper));
        if (error == 0)
            return new Inconclusive(Inconclusive.ZeroVariance, "The interval is a point: too many rows share one value.");
        if (!double.IsFinite(error))
            return new Inconclusive(Inconclusive.Overflow, "The interval is wider than a double.");
        return new QuantileEstimate(quantile, value, error, new ConfidenceInterval(lower, upper, level), units);
    }

    private static Inconclusive NoValues() => new(Inconclusive.NoUnits, "There are no values.");

    private static double[] Sorted(IEnumerable<double> values)
    {
        var sorted = values.ToArray();
        foreach (var value in sorted)
            Guard.Finite(value, nameof(values));
        Array.Sort(sorted);
        return sorted;
    }
}
