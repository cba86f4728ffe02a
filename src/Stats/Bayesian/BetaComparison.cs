using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Bayesian;

/// <summary>Exact comparison of two independent beliefs about rates, A (control) and B (treatment). No simulation, no normal shape.</summary>
/// <remarks>
/// Every figure is an integral of positive, log-concave functions of the logit of the rate, hence free of cancellation in both
/// directions and for any parameters; see <see cref="LogConcaveIntegral"/>. Cook 2005, Miller 2015 and Stucchio 2015 give closed
/// forms for integers, which the tests compare with.
/// </remarks>
public static class BetaComparison
{
    /// <summary>Beyond this ratio of widths the loss is taken from the closed form instead of a very fine grid.</summary>
    private const double GridRatio = 40;

    /// <summary>Parameters below this have tails too long for evenly spread nodes.</summary>
    private const double SlowTail = 0.2;

    /// <summary>That of parameters of 1e14.</summary>
    private const double NarrowestWidth = 1e-7;

    /// <summary>P(B > A) and P(A > B), the smaller computed by itself and the other as its complement.</summary>
    /// <remarks>NaN where both parameters of the narrower belief exceed 1e14, which doubles do not resolve.</remarks>
    public static ProbabilityPair ProbabilityBetter(BetaPosterior a, BetaPosterior b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);

        // Integrate over the narrower density; the tail of the other one is smooth on its scale.
        var flip = Width(a) > Width(b);
        var (narrow, wide) = flip ? (b, a) : (a, b);
        var wideAbove = LogProbability(narrow, wide, Tail.Upper);
        double wideWins, narrowWins;
        if (wideAbove < -Elementary.Ln2)
        {
            wideWins = Elementary.Exp(wideAbove);
            narrowWins = 1 - wideWins;
        }
        else
        {
            narrowWins = Math.Min(1, Elementary.Exp(LogProbability(narrow, wide, Tail.Lower)));
            wideWins = 1 - narrowWins;
        }

        return flip ? new ProbabilityPair(narrowWins, wideWins) : new ProbabilityPair(wideWins, narrowWins);
    }

    /// <summary>Expected loss of choosing either: what is given up on average, in units of the rate.</summary>
    /// <remarks>
    /// E[max(A-B, 0)] is the integral of P(B below x) P(A above x); the other loss differs by the difference of means. Stucchio 2015.
    /// </remarks>
    public static ExpectedLoss ExpectedLoss(BetaPosterior a, BetaPosterior b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        var difference = DifferenceOfMeans(a, b);
        return difference >= 0
            ? Pair(LossOfChoosing(a, b), difference)
            : Pair(LossOfChoosing(b, a), -difference).Swap();

        static ExpectedLoss Pair(double chooseB, double bIsBetterBy) => new(chooseB, chooseB + bIsBetterBy);
    }

    /// <summary>Equal-tailed credible interval of the difference B - A, in [-1, 1].</summary>
    public static CredibleInterval DifferenceInterval(BetaPosterior a, BetaPosterior b, double level)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        Guard.Probability(level);
        var outside = (1 - level) / 2;
        var lower = BetaDifference.Quantile(a, b, outside);
        var upper = -BetaDifference.Quantile(b, a, outside);
        return new CredibleInterval(lower, upper, level);
    }

    /// <summary>Mean of B minus mean of A, as one quotient.</summary>
    internal static double DifferenceOfMeans(BetaPosterior a, BetaPosterior b)
    {
        // alphaB betaA - alphaA betaB with its rounding errors, so that close rates keep their digits.
        var (first, firstError) = Compensated.Multiply(b.Alpha, a.Beta);
        var (second, secondError) = Compensated.Multiply(a.Alpha, b.Beta);
        return ((first - second) + (firstError - secondError)) / (a.Alpha + a.Beta) / (b.Alpha + b.Beta);
    }

    /// <summary>Standard deviation of the logit of the rate, nearly: of its density at the peak.</summary>
    internal static double Width(BetaPosterior p) => Math.Sqrt(1 / p.Alpha + 1 / p.Beta);

    /// <summary>ln P(wide above, or below, narrow).</summary>
    private static double LogProbability(BetaPosterior narrow, BetaPosterior wide, Tail tail)
    {
        // The narrower density alone lets the integrand fall, at the rate of its parameters.
        var slowest = Math.Min(narrow.Alpha, narrow.Beta);
        if (slowest < SlowTail)
        {
            return LogConcaveIntegral.LogSubstituted(
                u => BetaTails.LogKernelAtLogit(narrow.Alpha, narrow.Beta, u) + BetaTails.AtLogit(wide.Alpha, wide.Beta, u).Of(tail),
                Elementary.Log(narrow.Alpha) - Elementary.Log(narrow.Beta),
                slowest);
        }

        return Integrate(
            (x, y) => BetaTails.LogKernel(narrow.Alpha, narrow.Beta, x, y) + BetaTails.At(wide.Alpha, wide.Beta, x, y).Of(tail),
            narrow,
            Width(narrow));
    }

    /// <summary>E[max(other - chosen, 0)].</summary>
    private static double LossOfChoosing(BetaPosterior other, BetaPosterior chosen)
    {
        var (widthOther, widthChosen) = (Width(other), Width(chosen));
        if (Math.Max(widthOther, widthChosen) <= GridRatio * Math.Min(widthOther, widthChosen))
        {
            var start = widthOther < widthChosen ? other : chosen;
            return Elementary.Exp(Integrate(
                (x, y) => BetaTails.At(chosen.Alpha, chosen.Beta, x, y).Lower
                    + BetaTails.At(other.Alpha, other.Beta, x, y).Upper
                    + Elementary.Log(x) + Elementary.Log(y),
                start,
                Math.Min(widthOther, widthChosen)));
        }

        // Very unlike widths: mean_A P(A' > B) - mean_B P(A > B') with one more conversion each; little cancels here.
        var grownOther = new BetaPosterior(other.Alpha + 1, other.Beta);
        var grownChosen = new BetaPosterior(chosen.Alpha + 1, chosen.Beta);
        var loss = other.Mean * ProbabilityBetter(grownOther, chosen).AGreater
            - chosen.Mean * ProbabilityBetter(other, grownChosen).AGreater;
        return Math.Max(loss, 0);
    }

    /// <summary>Log integral over the logit u = ln(x/y) of a log-concave function of (x, y), from near the peak of a density.</summary>
    private static double Integrate(Func<double, double, double> logIntegrand, BetaPosterior from, double width)
    {
        // The logit of so firm a belief is not resolved by doubles any more.
        if (width < NarrowestWidth)
            return double.NaN;

        // Beyond a third the logistic function itself, analytic up to i pi, limits the step.
        var step = Math.Min(0.4 * width, 0.33);
        return LogConcaveIntegral.Log(
            u => logIntegrand(1 / (1 + Elementary.Exp(-u)), 1 / (1 + Elementary.Exp(u))),
            Elementary.Log(from.Alpha / from.Beta),
            step);
    }
}
