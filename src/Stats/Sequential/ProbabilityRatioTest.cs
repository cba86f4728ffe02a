using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>Wald's sequential probability ratio test of one rate: p0 against p1, both fixed beforehand.</summary>
/// <remarks>Wald 1945 (Annals of Mathematical Statistics 16), with his approximate boundaries.</remarks>
public static class ProbabilityRatioTest
{
    /// <summary>
    /// ln ratio = sum of x ln(p1/p0) + (1-x) ln((1-p1)/(1-p0)); the alternative is accepted at ln((1-beta)/alpha) or above, the null
    /// hypothesis at ln(beta/(1-alpha)) or below, whichever comes first.
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
        var success = LogRatio(alternativeRate, nullRate);
        var failure = LogRatioOfComplements(alternativeRate, nullRate);
        var upper = Elementary.Log1p(-beta) - Elementary.Log(alpha);
        var lower = Elementary.Log(beta) - Elementary.Log1p(-alpha);
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
            if (decision != SequentialDecision.Continue || (logRatio < upper && logRatio > lower))
                continue;
            decision = logRatio >= upper ? SequentialDecision.AcceptAlternative : SequentialDecision.AcceptNull;
            index = i + 1;
        }

        return new ProbabilityRatioResult(successes * success + failures * failure, upper, lower, decision, index);
    }

    /// <summary>ln(p/q), without cancellation where they are close.</summary>
    private static double LogRatio(double p, double q)
    {
        var excess = (p - q) / q;
        return Math.Abs(excess) < 0.5 ? Elementary.Log1p(excess) : Elementary.Log(p) - Elementary.Log(q);
    }

    /// <summary>ln((1-p)/(1-q)), likewise.</summary>
    private static double LogRatioOfComplements(double p, double q)
    {
        var excess = (q - p) / (1 - q);
        return Math.Abs(excess) < 0.5 ? Elementary.Log1p(excess) : Elementary.Log1p(-p) - Elementary.Log1p(-q);
    }
}
