using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Bayesian;

/// <summary>Distribution of the difference B - A of two independent beta variables.</summary>
/// <remarks>
/// P(B - A at most d) = integral of f_A(x) P(B at most x + d) dx, or of f_B(x) P(A at least x - d) over the narrower density; the
/// density of the difference at the same nodes gives Newton's slope.
/// </remarks>
internal static class BetaDifference
{
    private const double Tolerance = 1e-11;

    /// <summary>The d with P(B - A at most d) = p; p in (0, 1/2].</summary>
    public static double Quantile(BetaPosterior a, BetaPosterior b, double p)
    {
        var spread = Math.Sqrt(a.Variance + b.Variance);
        var start = BetaComparison.DifferenceOfMeans(a, b) + NormalDistribution.Quantile(p, Tail.Lower) * spread;
        var root = MonotoneRoot.Solve(d => Evaluate(a, b, d, p), Math.Clamp(start, -0.999, 0.999), spread, 1e-9);
        return Math.Clamp(root, -1, 1);
    }

    private static (double Value, double Slope) Evaluate(BetaPosterior a, BetaPosterior b, double d, double p)
    {
        if (d <= -1)
            return (-p, 0);
        if (d >= 1)
            return (1 - p, 0);

        // With A the narrower one B is looked up at x + d, else A at x - d.
        var overA = BetaComparison.Width(a) <= BetaComparison.Width(b);
        var (density, other) = overA ? (a, b) : (b, a);
        var shift = overA ? d : -d;
        var tail = overA ? Tail.Lower : Tail.Upper;
        var integrals = AdaptiveQuadrature.Integrate(Integrand, 2, Panels(density, shift), Tolerance, 1);

        // On the logarithm the iteration converges from both sides also for a small p.
        var probability = Math.Clamp(integrals[0], 1e-300, 1);
        return (Elementary.Log(probability / p), integrals[1] / probability);

        void Integrand(double logit, Span<double> values)
        {
            var x = 1 / (1 + Elementary.Exp(-logit));
            var y = 1 / (1 + Elementary.Exp(logit));
            var weight = Elementary.Exp(BetaTails.LogKernel(density.Alpha, density.Beta, x, y));

            // The shifted point and its complement, each from that one of x and y which keeps its digits.
            var z = x < 0.5 || shift > 0 ? x + shift : 1 + shift - y;
            var rest = y < 0.5 || shift < 0 ? y - shift : 1 - shift - x;
            values[0] = weight * (z <= 0 ? (tail == Tail.Lower ? 0 : 1)
                : rest <= 0 ? (tail == Tail.Lower ? 1 : 0)
                : Elementary.Exp(BetaTails.At(other.Alpha, other.Beta, z, rest).Of(tail)));
            values[1] = z <= 0 || rest <= 0
                ? 0
                : weight * Elementary.Exp(
                    BetaTails.LogKernel(other.Alpha, other.Beta, z, rest) - Elementary.Log(z) - Elementary.Log(rest));
        }
    }

    /// <summary>Breakpoints in the logit: the bulk of the density, and the kink where the shifted point leaves (0, 1).</summary>
    private static List<double> Panels(BetaPosterior density, double shift)
    {
        // Quantiles of 1e-17 leave less outside than a double can hold beside one half.
        var low = BetaDistribution.QuantileLogit(density.Alpha, density.Beta, 1e-17, Tail.Lower);
        var high = BetaDistribution.QuantileLogit(density.Alpha, density.Beta, 1e-17, Tail.Upper);
        var kink = shift < 0 ? -shift : 1 - shift;
        var kinkLogit = shift == 0 ? low : Elementary.Log(kink) - Elementary.Log(1 - kink);
        var points = new List<double> { low };
        for (var i = 1; i <= 8; i++)
            points.Add(low + (high - low) * i / 8);
        if (kinkLogit > low && kinkLogit < high)
            points.Add(kinkLogit);
        points.Sort();
        return points;
    }
}
