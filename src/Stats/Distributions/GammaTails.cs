using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Distributions;

/// <summary>The regularised incomplete gamma functions P and Q, as logarithms.</summary>
/// <remarks>
/// x below a + 1: series for P (DLMF 8.7.1, all terms positive), or for small a and x the alternating one that gives Q without
/// cancellation; beyond: continued fraction for Q (DLMF 8.9.2). Factor in front from Stirling remainders, as in <see cref="BetaTails"/>.
/// </remarks>
internal static class GammaTails
{
    /// <summary>Near the mean about sqrt(a) terms are needed; beyond about 1e12 there is no answer there, which is NaN.</summary>
    private const int MaximumTerms = 2_000_000;

    /// <summary>ln P(a, x) and ln Q(a, x); a positive, x at least 0.</summary>
    public static LogTails At(double a, double x)
    {
        if (x <= 0)
            return LogTails.AllAbove;
        if (double.IsPositiveInfinity(x))
            return LogTails.AllBelow;
        if (a < 1 && x < 1)
            return SmallBySeries(a, x);
        return x < a + 1
            ? LogTails.FromLower(LogKernel(a, x) - Elementary.Log(a) + Elementary.Log(LowerSeries(a, x)))
            : LogTails.FromUpper(LogKernel(a, x) - Elementary.Log(UpperFraction(a, x)));
    }

    /// <summary>ln[x^a e^-x / Gamma(a)], which is also the log density of ln x.</summary>
    public static double LogKernel(double a, double x)
    {
        var offset = (x - a) / a;
        var excess = Math.Abs(offset) < 0.25 ? Elementary.LogExcess(offset) : x / a - 1 - Elementary.Log(x / a);
        return 0.5 * Elementary.Log(a) - Elementary.HalfLogTwoPi - GammaFunctions.StirlingRemainder(a) - a * excess;
    }

    /// <summary>1 + x/(a+1) + x^2/((a+1)(a+2)) + ...</summary>
    private static double LowerSeries(double a, double x)
    {
        var term = 1.0;
        var sum = 1.0;
        for (var n = 1; n < MaximumTerms && term > 1e-17 * sum; n++)
        {
            term *= x / (a + n);
            sum += term;
        }

        return term > 1e-17 * sum ? double.NaN : sum;
    }

    /// <summary>P = G (1 + a sum_n (-x)^n / (n! (a+n))), G = x^a / Gamma(1+a); Q = 1 - P with 1 - G taken by itself.</summary>
    private static LogTails SmallBySeries(double a, double x)
    {
        var term = 1.0;
        var sum = 0.0;
        for (var n = 1; n < 60; n++)
        {
            term *= -x / n;
            sum += term / (a + n);
        }

        var logG = a * Elementary.Log(x) - GammaFunctions.LogGamma(1 + a);
        var upper = -Elementary.Expm1(logG) - Elementary.Exp(logG) * a * sum;
        return upper < 0.5
            ? LogTails.FromUpper(Elementary.Log(Math.Max(upper, 0)))
            : LogTails.FromLower(logG + Elementary.Log1p(a * sum));
    }

    /// <summary>x + 1 - a - 1(1-a)/(x + 3 - a - 2(2-a)/(x + 5 - a - ...)), by the method of Lentz (modified, 1986).</summary>
    private static double UpperFraction(double a, double x)
    {
        var denominator = x + 1 - a;
        var value = denominator;
        var c = value;
        var d = 0.0;
        for (var n = 1; n < MaximumTerms; n++)
        {
            var numerator = -n * (n - a);
            denominator += 2;
            d = 1 / (denominator + numerator * d);
            c = denominator + numerator / c;
            var factor = c * d;
            value *= factor;
            if (Math.Abs(factor - 1) < 3e-16)
                return value;
            if (!double.IsFinite(factor))
                break;
        }

        return double.NaN;
    }
}
