using System.Numerics;

namespace Splitstream.Stats.Samples;

/// <summary>Number of units and the sums of two values per unit, their squares and products, exact. Summaries are rounded once, at the end.</summary>
/// <param name="Units">Number of units, at least 0.</param>
/// <param name="SumX">Sum of x: the covariate, or the denominator.</param>
/// <param name="SumY">Sum of y: the metric, or the numerator.</param>
/// <param name="SumXSquares">Sum of x^2.</param>
/// <param name="SumYSquares">Sum of y^2.</param>
/// <param name="SumProducts">Sum of x y.</param>
public sealed record PairedSums(
    long Units, ExactNumber SumX, ExactNumber SumY, ExactNumber SumXSquares, ExactNumber SumYSquares, ExactNumber SumProducts)
{
    /// <summary>What the rounding of sums to doubles may add, as the inverse of a share.</summary>
    private const long RoundingShare = 1_000_000_000_000;

    /// <summary>No units.</summary>
    public static PairedSums Empty { get; } =
        new(0, ExactNumber.Zero, ExactNumber.Zero, ExactNumber.Zero, ExactNumber.Zero, ExactNumber.Zero);

    /// <summary>Reads the sums as PostgreSQL writes numerics.</summary>
    /// <exception cref="FormatException">A sum is not a plain decimal number.</exception>
    public static PairedSums Parse(long units, string sumX, string sumY, string sumXSquares, string sumYSquares, string sumProducts) =>
        new(
            units,
            ExactNumber.Parse(sumX),
            ExactNumber.Parse(sumY),
            ExactNumber.Parse(sumXSquares),
            ExactNumber.Parse(sumYSquares),
            ExactNumber.Parse(sumProducts));

    /// <summary>One unit.</summary>
    public static PairedSums Of(ExactNumber x, ExactNumber y) => new(1, x, y, x * x, y * y, x * y);

    /// <summary>The sums of both sets of units together; exact, so the order of adding does not matter.</summary>
    public PairedSums Add(PairedSums other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new PairedSums(
            checked(Units + other.Units),
            SumX + other.SumX,
            SumY + other.SumY,
            SumXSquares + other.SumXSquares,
            SumYSquares + other.SumYSquares,
            SumProducts + other.SumProducts);
    }

    /// <summary>
    /// Means S/n, variances (n Q - S^2)/(n (n-1)), the covariance (n P - S_x S_y)/(n (n-1)) and the variance that x leaves of y, each
    /// correctly rounded: no digits are lost however large the means are against the spread, or however well x explains y.
    /// </summary>
    /// <returns>
    /// Inconclusive without units, beyond the range of a double, or for sums no values could have: a sum of squares below S^2/n, or a
    /// covariance above the product of the standard deviations.
    /// </returns>
    /// <param name="rounded">
    /// True for sums that went through doubles: a covariance above that product by no more than their rounding is taken as equal to it.
    /// </param>
    public Computed<PairedSummary> Summarise(bool rounded = false)
    {
        if (Units < 1)
            return new Inconclusive(Inconclusive.NoUnits, "There are no units to summarise.");
        ExactNumber units = Units;
        var spreadX = units * SumXSquares - SumX * SumX;
        var spreadY = units * SumYSquares - SumY * SumY;
        var cross = units * SumProducts - SumX * SumY;
        var left = spreadX * spreadY - cross * cross;
        if (spreadX.Unscaled.Sign < 0)
            return new Inconclusive(Inconclusive.ImpossibleSums, "The sum of squares of x is too small for its sum.");
        if (spreadY.Unscaled.Sign < 0)
            return new Inconclusive(Inconclusive.ImpossibleSums, "The sum of squares of y is too small for its sum.");
        if (left.Unscaled.Sign < 0 && rounded && (spreadX * spreadY + left * RoundingShare).Unscaled.Sign >= 0)
            left = ExactNumber.Zero;
        if (left.Unscaled.Sign < 0)
            return new Inconclusive(Inconclusive.ImpossibleCovariance, "The sum of products is too large for the sums of squares.");
        var pairs = new BigInteger(Units) * Math.Max(1, Units - 1);
        var varianceY = Quotient(spreadY, pairs);
        var summary = new PairedSummary(
            Units,
            Quotient(SumX, Units),
            Quotient(SumY, Units),
            Quotient(spreadX, pairs),
            varianceY,
            Quotient(cross, pairs),
            spreadX.Unscaled.IsZero ? varianceY : Quotient(left, pairs, spreadX));
        return summary.IsFinite()
            ? summary
            : new Inconclusive(Inconclusive.Overflow, "A mean, a variance or the covariance is too large for a double.");
    }

    private static double Quotient(ExactNumber value, BigInteger by) =>
        ExactDivision.ToDouble(value.Unscaled, by * BigInteger.Pow(10, value.Scale));

    private static double Quotient(ExactNumber value, BigInteger by, ExactNumber and) => ExactDivision.ToDouble(
        value.Unscaled * BigInteger.Pow(10, and.Scale), by * and.Unscaled * BigInteger.Pow(10, value.Scale));
}
