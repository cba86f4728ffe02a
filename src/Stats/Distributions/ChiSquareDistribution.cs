using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Distributions;

/// <summary>The chi-square distribution with real degrees of freedom.</summary>
/// <remarks>DLMF 8.2: the regularised incomplete gamma functions at df/2 and x/2. Evaluation in <see cref="GammaTails"/>.</remarks>
public static class ChiSquareDistribution
{
    /// <summary>P(X at most x) or P(X greater than x); x at least 0, df positive.</summary>
    public static double Cdf(double x, double degreesOfFreedom, Tail tail) => Elementary.Exp(LogCdf(x, degreesOfFreedom, tail));

    /// <summary>Natural logarithm of <see cref="Cdf"/>; finite where an upper tail underflows.</summary>
    public static double LogCdf(double x, double degreesOfFreedom, Tail tail)
    {
        Guard.Known(tail);
        Guard.NotNegative(x);
        Guard.Positive(degreesOfFreedom);
        return GammaTails.At(degreesOfFreedom / 2, x / 2).Of(tail);
    }

    /// <summary>The x whose <paramref name="tail"/> holds probability <paramref name="p"/>, p in (0, 1). May underflow to 0.</summary>
    /// <remarks>Newton's method on the logarithm of the smaller tail as a function of ln x, bracketed.</remarks>
    public static double Quantile(double p, double degreesOfFreedom, Tail tail)
    {
        Guard.Known(tail);
        Guard.Probability(p);
        Guard.Positive(degreesOfFreedom);
        var a = degreesOfFreedom / 2;
        var small = p <= 0.5 ? p : 1 - p;
        var wanted = (tail == Tail.Lower) == (p <= 0.5) ? Tail.Lower : Tail.Upper;
        var logP = Elementary.Log(small);
        if (wanted == Tail.Lower)
        {
            // Where P(a, x) = x^a / Gamma(1+a) to the last bit, the inverse is explicit.
            var logX = (logP + GammaFunctions.LogGamma(1 + a)) / a;
            if (logX < -40)
                return 2 * Elementary.Exp(logX);
        }

        var sign = wanted == Tail.Lower ? 1.0 : -1.0;
        var scale = Math.Max(1 / Math.Sqrt(a), 1e-3);
        var start = Elementary.Log(a) - sign * Math.Min(1, -NormalDistribution.Quantile(small, Tail.Lower) / Math.Sqrt(a));
        var root = MonotoneRoot.Solve(
            v =>
            {
                var x = Elementary.Exp(v);
                var logTail = GammaTails.At(a, x).Of(wanted);
                return (sign * (logTail - logP), Elementary.Exp(GammaTails.LogKernel(a, x) - logTail));
            },
            start,
            scale);
        return 2 * Elementary.Exp(root);
    }
}
