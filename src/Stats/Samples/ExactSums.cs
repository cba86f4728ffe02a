using System.Numerics;

namespace Splitstream.Stats.Samples;

/// <summary>Number of units, sum and sum of squares of one value per unit, exact. Summaries made of it are rounded once, at the end.</summary>
/// <param name="Units">Number of units, at least 0.</param>
/// <param name="Sum">Sum of the values.</param>
/// <param name="SumSquares">Sum of their squares.</param>
public sealed record ExactSums(long Units, ExactNumber Sum, ExactNumber SumSquares)
{
    /// <summary>Reads the sums as PostgreSQL writes numerics.</summary>
    /// <exception cref="FormatException">A sum is not a plain decimal number.</exception>
    public static ExactSums Parse(long units, string sum, string sumSquares) =>
        new(units, ExactNumber.Parse(sum), ExactNumber.Parse(sumSquares));

    /// <summary>The sums of both sets of units together; exact, so the order of adding does not matter.</summary>
    public ExactSums Add(ExactSums other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new ExactSums(checked(Units + other.Units), Sum + other.Sum, SumSquares + other.SumSquares);
    }

    /// <summary>
    /// Mean = S/n and variance = (n Q - S^2) / (n (n-1)), each correctly rounded: no digits are lost however large the mean is
    /// against the spread. The variance is 0 for one unit.
    /// </summary>
    /// <returns>Inconclusive without units, for sums no values could have (Q below S^2/n), or beyond the range of a double.</returns>
    public Computed<SampleSummary> Summarise()
    {
        if (Units < 1)
            return new Inconclusive(Inconclusive.NoUnits, "There are no units to summarise.");
        var scale = Math.Max(2 * Sum.Scale, SumSquares.Scale);
        var spread = Units * SumSquares.AtScale(scale) - (Sum * Sum).AtScale(scale);
        if (spread.Sign < 0)
            return new Inconclusive(Inconclusive.ImpossibleSums, "The sum of squares is too small for the sum.");
        var mean = ExactDivision.ToDouble(Sum.Unscaled, Units * BigInteger.Pow(10, Sum.Scale));
        var variance = Units < 2
            ? 0
            : ExactDivision.ToDouble(spread, new BigInteger(Units) * (Units - 1) * BigInteger.Pow(10, scale));
        if (!double.IsFinite(mean) || !double.IsFinite(variance))
            return new Inconclusive(Inconclusive.Overflow, "The mean or variance is too large for a double.");
        return new SampleSummary(Units, mean, variance);
    }
}
