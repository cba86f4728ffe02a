using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Distributions;

/// <summary>Student's t distribution with real degrees of freedom, each tail accurate relative to itself.</summary>
/// <remarks>
/// P(T greater than t) = I_x(df/2, 1/2)/2 with x = df/(df + t^2), t at least 0 (DLMF 8.17). From a million degrees of freedom on,
/// the normal tail at the transformed point of Hill 1970 (Algorithm 395), whose error there is below the last bit.
/// </remarks>
public static class StudentDistribution
{
    private const double NormalisedFrom = 1e6;

    /// <summary>P(T at most t) or P(T greater than t); t finite, df positive.</summary>
    public static double Cdf(double t, double degreesOfFreedom, Tail tail)
    {
        Guard.Known(tail);
        var outward = tail == Tail.Upper ? t : -t;
        var logFar = LogUpper(Math.Abs(outward), degreesOfFreedom);
        return outward >= 0 ? Elementary.Exp(logFar) : 1 - Elementary.Exp(logFar);
    }

    /// <summary>Natural logarithm of <see cref="Cdf"/>.</summary>
    public static double LogCdf(double t, double degreesOfFreedom, Tail tail)
    {
        Guard.Known(tail);
        var outward = tail == Tail.Upper ? t : -t;
        var logFar = LogUpper(Math.Abs(outward), degreesOfFreedom);
        return outward >= 0 ? logFar : Elementary.LogOneMinusExp(logFar);
    }

    /// <summary>P(|T| at least |t|): the two-sided p-value.</summary>
    public static double TwoSided(double t, double degreesOfFreedom) =>
        Math.Min(1, 2 * Elementary.Exp(LogUpper(Math.Abs(t), degreesOfFreedom)));

    /// <summary>The t whose <paramref name="tail"/> holds probability <paramref name="p"/>, p in (0, 1); infinite when beyond a double.</summary>
    public static double Quantile(double p, double degreesOfFreedom, Tail tail)
    {
        Guard.Known(tail);
        Guard.Probability(p);
        Guard.Positive(degreesOfFreedom);
        if (p == 0.5)
            return 0;
        var small = p < 0.5 ? p : 1 - p;

        // Half of the smallest double is none; long before that every quantile is beyond the largest.
        var outward = degreesOfFreedom / 2 == 0 ? double.PositiveInfinity : OutwardQuantile(small, degreesOfFreedom);
        return (tail == Tail.Upper) == (p < 0.5) ? outward : -outward;
    }

    private static double LogUpper(double t, double df)
    {
        Guard.NotNegative(t);
        Guard.Positive(df);
        if (df >= NormalisedFrom)
            return NormalDistribution.LogCdf(HillPoint(t, df), Tail.Upper);

        // Ratios, so that neither t^2 nor df + t^2 overflows.
        var r = t / Math.Sqrt(df);
        if (r > 1e100)
            return -Elementary.Ln2 - df * Elementary.Log(r) - BetaTails.LogLeadingFactor(df / 2, 0.5);
        var square = r * r;
        var x = 1 / (1 + square);
        var y = square / (1 + square);
        return -Elementary.Ln2 + BetaTails.At(df / 2, 0.5, x, y).Lower;
    }

    private static double OutwardQuantile(double p, double df)
    {
        if (df >= NormalisedFrom)
        {
            var z = NormalDistribution.Quantile(p, Tail.Upper);
            return MonotoneRoot.Solve(t => (HillPoint(t, df) - z, 1), z, 0.1);
        }

        if (p > 0.25)
        {
            // Centre: I_y(1/2, df/2) = 1 - 2p, exact for p above a quarter; relative accuracy of a small t is kept.
            var logit = BetaDistribution.QuantileLogit(0.5, df / 2, 1 - 2 * p, Tail.Lower);
            return Math.Sqrt(df) * Elementary.Exp(logit / 2);
        }

        // t^2 / df = y / x, and ln(x / y) is what the beta quantile is solved for.
        var tailLogit = BetaDistribution.QuantileLogit(df / 2, 0.5, 2 * p, Tail.Lower);
        return Math.Sqrt(df) * Elementary.Exp(-tailLogit / 2);
    }

    /// <summary>The normal deviate with the same upper tail as t, for many degrees of freedom.</summary>
    private static double HillPoint(double t, double df)
    {
        var a = df - 0.5;
        var b = 48 * a * a;
        var z2 = a * Elementary.Log1p(t / df * t);
        var z = Math.CopySign(Math.Sqrt(z2), t);
        var correction = ((4 * z2 + 33) * z2 + 240) * z2 + 855;
        return z + (z2 + 3 - correction / (10 * (b + 0.8 * z2 * z2 + 100))) * z / b;
    }
}
