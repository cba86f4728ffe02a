using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Distributions;

/// <summary>
/// The beta distribution for shape parameters from thousandths to millions: each tail computed directly and accurate relative to
/// itself, also where it is 1e-300.
/// </summary>
/// <remarks>DLMF 8.17; DiDonato and Morris 1992 (ACM TOMS 708) for the organisation into regions. Evaluation in <see cref="BetaTails"/>.</remarks>
public static class BetaDistribution
{
    /// <summary>I_x(alpha, beta) or 1 - I_x(alpha, beta), x in [0, 1], both parameters positive.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is not positive, or x lies outside [0, 1].</exception>
    public static double Cdf(double alpha, double beta, double x, Tail tail) => Elementary.Exp(LogCdf(alpha, beta, x, tail));

    /// <summary>Natural logarithm of <see cref="Cdf"/>; -infinity where the probability is zero.</summary>
    public static double LogCdf(double alpha, double beta, double x, Tail tail)
    {
        Guard.Known(tail);
        Guard.Positive(alpha);
        Guard.Positive(beta);
        if (!(x >= 0 && x <= 1))
            throw new ArgumentOutOfRangeException(nameof(x), x, "Must lie in [0, 1].");
        return BetaTails.At(alpha, beta, x, 1 - x).Of(tail);
    }

    /// <summary>
    /// The x whose <paramref name="tail"/> holds probability <paramref name="p"/>, p in (0, 1). May underflow to 0; NaN where the tails
    /// themselves have no answer.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is not positive, or p not strictly between 0 and 1.</exception>
    public static double Quantile(double alpha, double beta, double p, Tail tail)
    {
        Guard.Known(tail);
        var logit = QuantileLogit(alpha, beta, p, tail);
        return 1 / (1 + Elementary.Exp(-logit));
    }

    /// <summary>ln(x / (1 - x)) of the quantile: keeps digits next to both ends.</summary>
    /// <remarks>
    /// Newton's method on the logarithm of the smaller tail as a function of the logit. That function is concave (the density of the
    /// logit is log-concave, and so is its integral), hence the bracketed iteration converges from any start.
    /// </remarks>
    public static double QuantileLogit(double alpha, double beta, double p, Tail tail)
    {
        Guard.Known(tail);
        Guard.Positive(alpha);
        Guard.Positive(beta);
        Guard.Probability(p);

        // Solve for the smaller tail; 1 - p is exact above one half. An upper tail is a lower one of the mirrored variable.
        var small = p <= 0.5 ? p : 1 - p;
        var lower = (tail == Tail.Lower) == (p <= 0.5);
        return lower ? LowerLogit(alpha, beta, small) : -LowerLogit(beta, alpha, small);
    }

    private static double LowerLogit(double a, double b, double p)
    {
        var logP = Elementary.Log(p);

        // Where x is so small that I_x(a,b) = x^a / (a B(a,b)) to the last bit, the inverse is explicit.
        var logX = (logP + BetaTails.LogLeadingFactor(a, b)) / a;
        if (logX + Elementary.Log(1 + b) < -40)
            return logX;

        // Likewise next to one, where 1 - I_x(a,b) = y^b / (b B(a,b)).
        var logY = (Elementary.Log1p(-p) + BetaTails.LogLeadingFactor(b, a)) / b;
        if (logY + Elementary.Log(1 + a) < -40)
            return -logY;

        var scale = Math.Sqrt(1 / a + 1 / b);
        var start = a > 1 ? Elementary.Log(a / b) + scale * NormalDistribution.Quantile(p, Tail.Lower) : Math.Min(logX, 20);
        return MonotoneRoot.Solve(
            logit =>
            {
                var x = 1 / (1 + Elementary.Exp(-logit));
                var y = 1 / (1 + Elementary.Exp(logit));
                var logLower = BetaTails.At(a, b, x, y).Lower;
                return (logLower - logP, Elementary.Exp(BetaTails.LogKernel(a, b, x, y) - logLower));
            },
            start,
            scale);
    }
}
