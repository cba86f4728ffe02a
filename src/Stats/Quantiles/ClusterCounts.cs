using System.Numerics;

namespace Splitstream.Stats.Quantiles;

/// <summary>
/// What the variance of a quantile needs from a variant's units: for each unit the number of its rows, n, and of its rows at or below
/// the quantile, b; of these the sums, squares and products. All are integers that SQL sums exactly.
/// </summary>
/// <param name="Units">Units with at least one row.</param>
/// <param name="Rows">Sum of n.</param>
/// <param name="RowsSquared">Sum of n^2.</param>
/// <param name="Below">Sum of b.</param>
/// <param name="BelowSquared">Sum of b^2.</param>
/// <param name="RowsBelow">Sum of n b.</param>
public sealed record ClusterCounts(
    long Units, BigInteger Rows, BigInteger RowsSquared, BigInteger Below, BigInteger BelowSquared, BigInteger RowsBelow)
{
    /// <summary>Share of rows at or below the quantile; 0 without rows.</summary>
    public double ShareBelow => Rows > 0 ? (double)Below / (double)Rows : 0;

    /// <summary>Counts from one (rows, rows below) pair per unit; units without rows are left out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, or more rows lie below than there are.</exception>
    public static ClusterCounts FromUnits(IEnumerable<(long Rows, long Below)> units)
    {
        ArgumentNullException.ThrowIfNull(units);
        var counts = new ClusterCounts(0, 0, 0, 0, 0, 0);
        foreach (var (rows, below) in units)
        {
            Guard.AtLeast(below, 0);
            Guard.AtLeast(rows - below, 0, nameof(rows));
            if (rows == 0)
                continue;
            var (n, b) = ((BigInteger)rows, (BigInteger)below);
            counts = new ClusterCounts(
                counts.Units + 1,
                counts.Rows + n,
                counts.RowsSquared + n * n,
                counts.Below + b,
                counts.BelowSquared + b * b,
                counts.RowsBelow + n * b);
        }

        return counts;
    }

    /// <summary>
    /// Standard error of <see cref="ShareBelow"/> when units, not rows, are independent: the delta method for the ratio of the means of
    /// b and n, sqrt(sum (b - p n)^2 / (k (k-1))) / mean n, p = sum b / sum n.
    /// </summary>
    /// <returns>Inconclusive below two units, or when sums contradict each other.</returns>
    /// <remarks>Deng, Knoblich and Lu 2018, section 4.2, equation 10 (the residuals b - p n sum to zero).</remarks>
    internal Computed<double> ErrorOfShare()
    {
        if (Units < 1 || Rows < 1)
            return new Inconclusive(Inconclusive.NoUnits, "No unit has a row.");
        if (Units < 2)
            return new Inconclusive(Inconclusive.TooFewUnits, "A variance between units needs two of them.");

        // N^2 times the sum of squares, in integers: nothing cancels.
        var squares = BelowSquared * Rows * Rows - 2 * RowsBelow * Rows * Below + RowsSquared * Below * Below;
        if (Below < 0 || Below > Rows || Rows < Units || squares < 0
            || RowsSquared * Units < Rows * Rows || BelowSquared * Units < Below * Below)
            return new Inconclusive(Inconclusive.ImpossibleSums, "No units could have these counts.");
        var perRow = Math.Sqrt((double)squares / (double)(Rows * Rows));
        var error = perRow * Math.Sqrt(Units / (Units - 1.0)) / (double)Rows;
        return double.IsFinite(error) ? error : new Inconclusive(Inconclusive.Overflow, "The counts are too large for a double.");
    }
}
