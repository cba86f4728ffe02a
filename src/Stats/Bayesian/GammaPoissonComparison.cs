using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Bayesian;

/// <summary>Exact comparison of two independent beliefs about mean counts, A (control) and B (treatment).</summary>
/// <remarks>
/// With A = U/r_A and B = V/r_B, U and V gamma of rate 1, Z = U/(U+V) is Beta(shape A, shape B) and independent of U + V (Lukacs 1955).
/// So B > A means Z below c = r_A/(r_A + r_B), for any shapes, whole numbers or not: no sum and no simulation.
/// </remarks>
public static class GammaPoissonComparison
{
    /// <summary>Distance of nodes; the integrand is analytic and decays at least like exp(-|u|).</summary>
    private const double Step = 0.1;

    /// <summary>P(B > A) and P(A > B), each computed by itself.</summary>
    public static ProbabilityPair ProbabilityBetter(GammaPoissonPosterior a, GammaPoissonPosterior b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        var (c, rest) = Share(a, b);
        var tails = BetaTails.At(a.Shape, b.Shape, c, rest);
        return new ProbabilityPair(Elementary.Exp(tails.Lower), Elementary.Exp(tails.Upper));
    }

    /// <summary>Expected loss of choosing either, in events per unit.</summary>
    /// <remarks>
    /// E[max(A-B, 0)] = (shape A + shape B) (1/r_A + 1/r_B) E[max(Z - c, 0)]. The smaller loss is integrated, the other differs by the
    /// difference of means.
    /// </remarks>
    public static ExpectedLoss ExpectedLoss(GammaPoissonPosterior a, GammaPoissonPosterior b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (b.Mean < a.Mean)
            return ExpectedLoss(b, a).Swap();
        var chooseB = (a.Shape + b.Shape) * (1 / a.Rate + 1 / b.Rate) * Excess(a, b);
        return new ExpectedLoss(chooseB, chooseB + (b.Mean - a.Mean));
    }

    /// <summary>E[max(Z - c, 0)] for c at or above the mean of Z, over u = ln(t/(1-t)) with z = c + (1-c) t.</summary>
    private static double Excess(GammaPoissonPosterior a, GammaPoissonPosterior b)
    {
        var (c, rest) = Share(a, b);
        var sum = a.Shape + b.Shape;
        var deviation = Math.Sqrt(a.Shape / sum * (b.Shape / sum) / (sum + 1));
        var start = Math.Min(0.5, deviation / rest);
        return Elementary.Exp(LogConcaveIntegral.Log(LogIntegrand, Elementary.Log(start / (1 - start)), Step));

        double LogIntegrand(double u)
        {
            var t = 1 / (1 + Elementary.Exp(-u));
            var left = 1 / (1 + Elementary.Exp(u));
            if (t == 0 || left == 0)
                return double.NegativeInfinity;
            var z = c + rest * t;
            var y = rest * left;

            // Density of Z is kernel/(z y); (z - c) dz/du = (1-c)^2 t^2 (1-t).
            return BetaTails.LogKernel(a.Shape, b.Shape, z, y) - Elementary.Log(z)
                + Elementary.Log(rest) + 2 * Elementary.Log(t);
        }
    }

    /// <summary>c = r_A/(r_A + r_B) and 1 - c, each with its own digits.</summary>
    private static (double Below, double Above) Share(GammaPoissonPosterior a, GammaPoissonPosterior b) =>
        a.Rate < b.Rate
            ? (a.Rate / b.Rate / (1 + a.Rate / b.Rate), 1 / (1 + a.Rate / b.Rate))
            : (1 / (1 + b.Rate / a.Rate), b.Rate / a.Rate / (1 + b.Rate / a.Rate));
}
