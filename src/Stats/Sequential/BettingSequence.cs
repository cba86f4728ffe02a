using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>
/// Sequential inference on the mean of values in [0, 1] by betting against it: exact at every sample size, for any distribution.
/// Values must arrive in the order of the units and share one mean.
/// </summary>
/// <remarks>
/// Waudby-Smith and Ramdas 2024 (JRSS B), "Estimating means of bounded random variables by betting": the hedged capital process with
/// predictable plug-in bets, lambda_t = sqrt(2 ln(2/alpha) / (t ln(1+t) v_{t-1})), bets cut at half of what could be lost.
/// </remarks>
public static class BettingSequence
{
    /// <summary>What a bet may risk of the capital.</summary>
    private const double Truncation = 0.5;

    /// <summary>
    /// plus = prod(1 + min(lambda_t, 0.5/m)(x_t - m)), minus = prod(1 - min(lambda_t, 0.5/(1-m))(x_t - m)).
    /// </summary>
    /// <param name="values">Each in [0, 1]. Without any both capitals are one.</param>
    /// <param name="mean">m, the candidate mean, in (0, 1).</param>
    /// <param name="alpha">Error rate that the bets are tuned for, in (0, 1).</param>
    public static BettingCapital Capital(IReadOnlyList<double> values, double mean, double alpha)
    {
        Guard.Probability(mean);
        var bets = Bets(values, alpha);
        return new BettingCapital(Log(values, bets, mean, 1).Last, Log(values, bets, mean, -1).Last);
    }

    /// <summary>All m in [0, 1] with hedged capital of at most 1/alpha: after the whole sequence, and at every time.</summary>
    /// <param name="values">Each in [0, 1]. Without any the interval is [0, 1].</param>
    /// <param name="alpha">Time-uniform error rate, in (0, 1).</param>
    /// <returns>
    /// Inconclusive when the values refute every mean: whatever they are drawn from, it is not one and the same mean (or the error
    /// that happens with probability alpha has happened).
    /// </returns>
    /// <remarks>
    /// The plus capital falls in m and the minus capital rises, at every time; so does their maximum over times. Hence one bisection
    /// per end, also for the running interval.
    /// </remarks>
    public static Computed<BettingSequenceResult> Interval(IReadOnlyList<double> values, double alpha)
    {
        var bets = Bets(values, alpha);
        var threshold = Elementary.Ln2 - Elementary.Log(alpha);
        var final = new ConfidenceSequence(
            LowerEnd(m => Log(values, bets, m, 1).Last > threshold), UpperEnd(m => Log(values, bets, m, -1).Last > threshold), alpha);
        var running = new ConfidenceSequence(
            LowerEnd(m => Log(values, bets, m, 1).Highest > threshold), UpperEnd(m => Log(values, bets, m, -1).Highest > threshold), alpha);
        return running.Lower <= running.Upper
            ? new BettingSequenceResult(final, running)
            : new Inconclusive(Inconclusive.NoSolution, "The values refute every mean.");
    }

    /// <summary>lambda_t, from the values before t only.</summary>
    private static double[] Bets(IReadOnlyList<double> values, double alpha)
    {
        ArgumentNullException.ThrowIfNull(values);
        Guard.Probability(alpha);
        var budget = 2 * (Elementary.Ln2 - Elementary.Log(alpha));
        var bets = new double[values.Count];
        double sum = 0.5, squares = 0.25;
        for (var i = 0; i < bets.Length; i++)
        {
            var x = values[i];
            if (!(x >= 0 && x <= 1))
                throw new ArgumentOutOfRangeException(nameof(values), x, "Every value must lie in [0, 1].");
            double t = i + 1;
            var variance = squares / t;
            bets[i] = Math.Sqrt(budget / (t * Elementary.Log1p(t) * variance));
            sum += x;
            var away = x - sum / (t + 1);
            squares += away * away;
        }

        return bets;
    }

    /// <summary>ln of one gambler's capital at the end, and its highest value on the way.</summary>
    /// <param name="side">+1 for the one who bets on a higher mean than m, -1 for the other.</param>
    private static (double Last, double Highest) Log(IReadOnlyList<double> values, double[] bets, double mean, double side)
    {
        var most = Truncation / (side > 0 ? mean : 1 - mean);
        double sum = 0, lost = 0, highest = 0;
        for (var i = 0; i < bets.Length; i++)
        {
            (sum, var error) = Compensated.Add(sum, Elementary.Log1p(side * Math.Min(bets[i], most) * (values[i] - mean)));
            lost += error;
            highest = Math.Max(highest, sum + lost);
        }

        return (sum + lost, highest);
    }

    /// <summary>The smallest mean that is not refuted; what is refuted is an interval from 0.</summary>
    private static double LowerEnd(Func<double, bool> refuted) => refuted(0) ? Bisect(refuted, 0, 1) : 0;

    private static double UpperEnd(Func<double, bool> refuted) => refuted(1) ? Bisect(refuted, 1, 0) : 1;

    private static double Bisect(Func<double, bool> refuted, double outside, double inside)
    {
        while (true)
        {
            var middle = outside + (inside - outside) / 2;
            if (Math.Abs(outside - inside) < 1e-16 || middle == outside || middle == inside)
                return inside;
            if (refuted(middle))
                outside = middle;
            else
                inside = middle;
        }
    }
}
