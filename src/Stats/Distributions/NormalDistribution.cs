using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Distributions;

/// <summary>The standard normal distribution, each tail computed directly, accurate relative to the tail down to 1e-300.</summary>
public static class NormalDistribution
{
    /// <summary>Below this the power series for the centre, beyond it the continued fraction of the tail.</summary>
    private const double SeriesUpTo = 2.5;

    private const double InverseSqrtTwoPi = 0.398942280401432677940;

    /// <summary>Density exp(-x^2/2)/sqrt(2 pi); x finite.</summary>
    public static double Density(double x)
    {
        if (Math.Abs(x) > 40)
            return 0;

        // x^2 in two parts, so that the exponential of a large square keeps its digits.
        var (square, error) = Compensated.Multiply(x, x);
        return InverseSqrtTwoPi * Elementary.Exp(-0.5 * square) * (1 - 0.5 * error);
    }

    /// <summary>Natural logarithm of the density.</summary>
    public static double LogDensity(double x) => -0.5 * x * x - Elementary.HalfLogTwoPi;

    /// <summary>Phi(x) or 1 - Phi(x); x finite. Underflows to 0 beyond about 38.5.</summary>
    /// <remarks>DLMF 7.6.2 (series) and 7.9.3 (Laplace's continued fraction).</remarks>
    public static double Cdf(double x, Tail tail)
    {
        Guard.Known(tail);
        var outward = tail == Tail.Upper ? x : -x;
        if (outward > SeriesUpTo)
            return outward > 39 ? 0 : Density(outward) * MillsRatio(outward);
        if (outward < -SeriesUpTo)
            return outward < -39 ? 1 : 1 - Density(outward) * MillsRatio(-outward);
        return 0.5 - Centre(outward);
    }

    /// <summary>Natural logarithm of <see cref="Cdf"/>; finite where the probability itself underflows.</summary>
    public static double LogCdf(double x, Tail tail)
    {
        Guard.Known(tail);
        var outward = tail == Tail.Upper ? x : -x;
        if (outward > SeriesUpTo)
            return LogDensity(outward) + Elementary.Log(MillsRatio(outward));
        return outward < -SeriesUpTo ? Elementary.Log1p(-Cdf(-outward, Tail.Upper)) : Elementary.Log(Cdf(outward, Tail.Upper));
    }

    /// <summary>The x whose <paramref name="tail"/> holds probability <paramref name="p"/>, p in (0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is not strictly between 0 and 1.</exception>
    /// <remarks>Wichura 1988 (AS 241, PPND16), then one step of Halley's method on the logarithm of the smaller tail.</remarks>
    public static double Quantile(double p, Tail tail)
    {
        Guard.Known(tail);
        Guard.Probability(p);
        if (p == 0.5)
            return 0;

        // Both signs from the smaller tail: 1 - p is exact for p above one half.
        var small = p < 0.5 ? p : 1 - p;
        var outward = OutwardQuantile(small);
        return (tail == Tail.Upper) == (p < 0.5) ? outward : -outward;
    }

    /// <summary>(1 - Phi(x)) / phi(x) for x above 2, by Laplace's continued fraction evaluated from its tail.</summary>
    internal static double MillsRatio(double x)
    {
        // Enough levels for full precision: the fraction converges like exp(-2 x sqrt(2 n)).
        var levels = 12 + (int)(190 / (x * x)) * 2;
        var fraction = x;
        for (var n = levels; n >= 1; n--)
            fraction = x + n / fraction;
        return 1 / fraction;
    }

    /// <summary>Phi(x) - 1/2 by its series phi(x) (x + x^3/3 + x^5/15 + ...), all terms of one sign.</summary>
    private static double Centre(double x)
    {
        var square = x * x;
        var term = x;
        var sum = x;
        for (var n = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); n += 2)
        {
            term *= square / n;
            sum += term;
        }

        return Density(x) * sum;
    }

    private static double OutwardQuantile(double p)
    {
        var x = -WichuraAs241.Lower(p);
        var upper = Cdf(x, Tail.Upper);
        if (upper == 0)
            return x;

        // Newton's step for ln Q(x) = ln p is d = (ln Q - ln p) Q/phi; Halley's correction uses phi'/phi = -x.
        var step = Elementary.Log(upper / p) * upper / Density(x);
        return x + step / (1 + 0.5 * step * (upper > 0 ? Density(x) / upper - x : 0));
    }
}
