using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.Frequentist;

/// <summary>Pearson's chi-square test of a table of two rows and two columns.</summary>
public static class ChiSquareTest
{
    /// <summary>sum of (|O-E| - y)^2 / E with y = min(1/2, |O-E|) under Yates' correction, else 0; one degree of freedom.</summary>
    /// <returns>Inconclusive when a row or a column sums to zero.</returns>
    /// <remarks>Pearson 1900; Yates 1934. Counts in reading order, each at least 0.</remarks>
    public static Computed<ChiSquareResult> TwoByTwo(long a, long b, long c, long d, bool yates = false)
    {
        Guard.AtLeast(a, 0);
        Guard.AtLeast(b, 0);
        Guard.AtLeast(c, 0);
        Guard.AtLeast(d, 0);
        double row1 = (double)a + b, row2 = (double)c + d, column1 = (double)a + c, column2 = (double)b + d;
        if (row1 == 0 || row2 == 0 || column1 == 0 || column2 == 0)
            return new Inconclusive(Inconclusive.EmptyMargin, "A row or a column sums to zero.");
        var total = row1 + row2;

        // |O - E| is the same in all four cells: |ad - bc| / total, formed from exact products.
        var determinant = (Int128)a * d - (Int128)b * c;
        var distance = (double)(determinant < 0 ? -determinant : determinant) / total;
        var corrected = yates ? distance - Math.Min(0.5, distance) : distance;
        var statistic = corrected * corrected * (total / row1) * (total / row2) * (total / column1) * (total / column2) / total;
        return new ChiSquareResult(statistic, ChiSquareDistribution.Cdf(statistic, 1, Tail.Upper));
    }
}
