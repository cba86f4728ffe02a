using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Distributions;

/// <summary>The regularised incomplete beta function and its complement, as logarithms.</summary>
/// <remarks>
/// Three regions, each of which computes the smaller tail (or one not close to 1) directly:
/// x and b x at most 0.7: power series in x (DLMF 8.17.7); 1-x and a (1-x) at most 0.7: the same for the mirrored variable; otherwise the
/// continued fraction of DiDonato and Morris 1992 (eq. 9, the even part of DLMF 8.17.22), whose terms are positive on the side of
/// the mean where it is used. It takes about sqrt(max(a, b)) terms near the mean: microseconds at five million.
/// The factor in front is formed from Stirling remainders, so its relative error is the machine precision times its logarithm.
/// </remarks>
internal static class BetaTails
{
    private const double SeriesRegion = 0.7;

    /// <summary>Near the mean about sqrt(max(a, b)) terms are needed; parameters beyond about 1e12 find no answer there, which is NaN.</summary>
    private const int MaximumTerms = 1_000_000;

    /// <summary>From here x and x/(1-x) are the same double, and x^a / (a B(a, b)) is the whole lower tail.</summary>
    private const double FarLogit = 700;

    /// <summary>Both log tails of Beta(a, b) at x; y is 1 - x, and the smaller of the two must be exact.</summary>
    public static LogTails At(double a, double b, double x, double y)
    {
        if (x <= 0)
            return LogTails.AllAbove;
        if (y <= 0)
            return LogTails.AllBelow;
        if (Math.Max(b, 1) * x <= SeriesRegion)
            return LowerBySeries(a, b, x, y);
        if (Math.Max(a, 1) * y <= SeriesRegion)
            return LowerBySeries(b, a, y, x).Mirror();
        var lambda = Offset(a, b, x, y);
        return lambda >= 0
            ? LogTails.FromLower(LogKernel(a, b, x, y, lambda) - Elementary.Log(Fraction(a, b, x, lambda)))
            : LogTails.FromUpper(LogKernel(a, b, x, y, lambda) - Elementary.Log(Fraction(b, a, y, -lambda)));
    }

    /// <summary>ln[x^a y^b / B(a, b)], which is also the log density of ln(x/y).</summary>
    public static double LogKernel(double a, double b, double x, double y) => LogKernel(a, b, x, y, Offset(a, b, x, y));

    /// <summary>The same at a logit, also where x or 1 - x underflows.</summary>
    public static LogTails AtLogit(double a, double b, double logit)
    {
        if (logit < -FarLogit)
            return LogTails.FromLower(a * logit - LogLeadingFactor(a, b));
        return logit > FarLogit
            ? LogTails.FromUpper(-b * logit - LogLeadingFactor(b, a))
            : At(a, b, 1 / (1 + Elementary.Exp(-logit)), 1 / (1 + Elementary.Exp(logit)));
    }

    /// <summary>The log density of the logit, also where x or 1 - x underflows.</summary>
    public static double LogKernelAtLogit(double a, double b, double logit)
    {
        if (Math.Abs(logit) <= FarLogit)
            return LogKernel(a, b, 1 / (1 + Elementary.Exp(-logit)), 1 / (1 + Elementary.Exp(logit)));
        return logit < 0
            ? a * logit + Elementary.Log(a) - LogLeadingFactor(a, b)
            : -b * logit + Elementary.Log(b) - LogLeadingFactor(b, a);
    }

    /// <summary>ln[a B(a, b)], tending to zero with a; I_x(a, b) tends to x^a / (a B(a, b)) as x does.</summary>
    public static double LogLeadingFactor(double a, double b) => a < 0.5
        ? GammaFunctions.LogGammaOnePlus(a) + GammaFunctions.LogGammaRatio(b, a)
        : Elementary.Log(a) + GammaFunctions.LogBeta(a, b);

    /// <summary>
    /// With mean m = a/(a+b): x^a y^b / B = sqrt(ab / (2 pi (a+b))) exp(D(a+b) - D(a) - D(b)) (x/m)^a (y/(1-m))^b, D the Stirling
    /// remainder. The linear parts of the last two logarithms cancel exactly and are left out: only x - ln(1+x) remains of each.
    /// </summary>
    private static double LogKernel(double a, double b, double x, double y, double lambda)
    {
        var sum = a + b;
        return 0.5 * (Elementary.Log(a / sum) + Elementary.Log(b)) - Elementary.HalfLogTwoPi
            + (GammaFunctions.StirlingRemainder(sum) - GammaFunctions.StirlingRemainder(a) - GammaFunctions.StirlingRemainder(b))
            - (a * Excess(x / a * sum, -lambda / a) + b * Excess(y / b * sum, lambda / b));
    }

    /// <summary>ratio - 1 - ln(ratio), where <paramref name="offset"/> is ratio - 1 with its own digits.</summary>
    private static double Excess(double ratio, double offset) =>
        Math.Abs(offset) < 0.25 ? Elementary.LogExcess(offset) : ratio - 1 - Elementary.Log(ratio);

    /// <summary>a - (a+b) x = (a+b) y - b, from the exact one of x and y, with twice the digits inside.</summary>
    private static double Offset(double a, double b, double x, double y)
    {
        var (sum, sumError) = Compensated.Add(a, b);
        if (x <= y)
        {
            var (product, error) = Compensated.Multiply(sum, x);
            return (a - product) - (error + sumError * x);
        }
        else
        {
            var (product, error) = Compensated.Multiply(sum, y);
            return (product - b) + (error + sumError * y);
        }
    }

    /// <summary>I_x = G (1 + a sum_n (1-b)_n x^n / (n! (a+n))), G = x^a / (a B(a, b)).</summary>
    private static LogTails LowerBySeries(double a, double b, double x, double y)
    {
        var term = 1.0;
        var sum = 0.0;
        for (var n = 1; n < MaximumTerms; n++)
        {
            term *= (n - b) / n * x;
            var part = term / (a + n);
            sum += part;
            if (Math.Abs(part) <= 1e-17 * Math.Abs(sum) || part == 0)
                break;
        }

        var excess = a * sum;
        if (a < 1)
        {
            // Small a: the lower tail is near 1, and the upper one needs 1 - G without cancellation.
            var logG = a * Elementary.Log(x) - LogLeadingFactor(a, b);
            var upper = -Elementary.Expm1(logG) - Elementary.Exp(logG) * excess;
            return upper < 0.5
                ? LogTails.FromUpper(Elementary.Log(Math.Max(upper, 0)))
                : LogTails.FromLower(logG + Elementary.Log1p(excess));
        }

        var logLeading = LogKernel(a, b, x, y) - Elementary.Log(a) - b * LogOfOneMinus(x, y);
        return LogTails.FromLower(logLeading + Elementary.Log1p(excess));
    }

    private static double LogOfOneMinus(double x, double y) => x <= y ? Elementary.Log1p(-x) : Elementary.Log(y);

    /// <summary>Denominator F of I_x = x^a y^b / (B(a,b) F): beta_1 + alpha_2/(beta_2 + ...), by the method of Lentz (modified, 1986).</summary>
    private static double Fraction(double a, double b, double x, double lambda)
    {
        var value = a * (lambda + 1) / (a + 1);
        var c = value;
        var d = 0.0;
        for (var m = 1; m < MaximumTerms; m++)
        {
            var twice = a + 2.0 * m;
            var partial = m * (b - m) * x / (twice - 1);
            var numerator = (a + m - 1) * (a + b + m - 1) / (twice - 1) * partial * x;
            var denominator = m + partial + (a + m) * (lambda + 1 + m * (2 - x)) / (twice + 1);
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
