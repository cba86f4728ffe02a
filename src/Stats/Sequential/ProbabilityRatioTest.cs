using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>Wald's sequential probability ratio test of one rate: p0 against p1, both fixed beforehand.</summary>
/// <remarks>Wald 1945 (Annals of Mathematical Statistics 16), with his approximate boundaries.</remarks>
public static class ProbabilityRatioTest
{
    /// <summary>What rounding takes from the sum and from the boundary, in units of the sizes of their terms: four last bits.</summary>
    private const double TieWidth = 4 * 2.220446049250313e-16;

    /// <summary>
    /// ln ratio = sum of x ln(p1/p0) + (1-x) ln((1-p1)/(1-p0)); the alternative is accepted at ln((1-beta)/alpha) or above, the null
    /// hypothesis at ln(beta/(1-alpha)) or below, whichever comes first. A ratio that meets its boundary but for the rounding of the
    /// logarithms has reached it: rates and error rates such as 0.1, 0.2, 0.05 and 0.2 make such ties.
    /// </summary>
    /// <param name="values">One entry per unit in order of arrival: true when it converted. May be empty.</param>
    /// <param name="nullRate">p0 in (0, 1).</param>
    /// <param name="alternativeRate">p1 in (0, 1), different from p0.</param>
    /// <param name="alpha">Chance to accept the alternative at p0, in (0, 1); kept up to alpha/(1-beta).</param>
    /// <param name="beta">Chance to accept the null hypothesis at p1, in (0, 1).</param>
    public static ProbabilityRatioResult Run(
        IReadOnlyList<bool> values, double nullRate, double alternativeRate, double alpha, double beta)
    {
        ArgumentNullException.ThrowIfNull(values);
        Guard.Probability(nullRate);
        Guard.Probability(alternativeRate);
        Guard.Probability(alpha);
        Guard.Probability(beta);
        if (nullRate == alternativeRate)
            throw new ArgumentOutOfRangeException(nameof(alternativeRate), alternativeRate, "The rates must differ.");
        var success = LogQuotient(alternativeRate, nullRate, alternativeRate - nullRate);
        var failure = LogQuotient(1 - alternativeRate, 1 - nullRate, nullRate - alternativeRate);
        var upper = LogQuotient(1 - beta, alpha, OneMinus(beta, alpha));
        var lower = LogQuotient(beta, 1 - alpha, -OneMinus(alpha, beta));
        long successes = 0, failures = 0;
        var decision = SequentialDecision.Continue;
        int? index = null;
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i])
                successes++;
            else
                failures++;

            // From the counts, so that no rounding errors pile up over a long sequence.
            var logRatio = successes * success + failures * failure;
            if (decision != SequentialDecision.Continue)
                continue;
            var terms = successes * Math.Abs(success) + failures * Math.Abs(failure);
            if (logRatio >= upper - TieWidth * (terms + Math.Abs(upper)))
                decision = SequentialDecision.AcceptAlternative;
            else if (logRatio <= lower + TieWidth * (terms + Math.Abs(lower)))
                decision = SequentialDecision.AcceptNull;
            else
                continue;
            index = i + 1;
        }

        return new ProbabilityRatioResult(successes * success + failures * failure, upper, lower, decision, index);
    }

    /// <summary>ln(p/q); <paramref name="difference"/> is p - q with its own digits, for where they are close.</summary>
    private static double LogQuotient(double p, double q, double difference)
    {
        var excess = difference / q;
        if (Math.Abs(excess) < 0.5)
            return Elementary.Log1p(excess);
        var quotient = p / q;
        return double.IsNormal(quotient) ? Elementary.Log(quotient) : Elementary.Log(p) - Elementary.Log(q);
    }

    /// <summary>1 - p - q, with what rounding takes from 1 - p given back.</summary>
    private static double OneMinus(double p, double q)
    {
        var (rest, lost) = Compensated.Add(1, -p);
        return (rest - q) + lost;
    }
}
