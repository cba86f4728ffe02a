using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Interleaving;

/// <summary>Tests whether clicks on interleaved lists prefer one ranking.</summary>
/// <remarks>
/// Radlinski, Kurup and Joachims 2008; Chapelle, Joachims, Radlinski and Yue 2012 for both tests. One credit per independent unit: where
/// a user issues several queries, add up the user's credits first.
/// </remarks>
public static class InterleavingTest
{
    /// <summary>Sign test of wins and paired t test of credits; level of the interval in (0, 1).</summary>
    /// <param name="credits">One per query, or per user; neither number negative.</param>
    /// <returns>Inconclusive without credits, or when all are ties.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A credit is negative.</exception>
    public static Computed<InterleavingResult> Compute(IReadOnlyList<ClickCredit> credits, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(credits);
        Guard.Probability(level);
        long controlWins = 0, treatmentWins = 0;
        foreach (var credit in credits)
        {
            Guard.AtLeast(credit.Control, 0, nameof(credits));
            Guard.AtLeast(credit.Treatment, 0, nameof(credits));
            controlWins += credit.Control > credit.Treatment ? 1 : 0;
            treatmentWins += credit.Treatment > credit.Control ? 1 : 0;
        }

        if (credits.Count == 0)
            return new Inconclusive(Inconclusive.NoUnits, "There are no credits.");
        var wins = new ConversionCounts(controlWins + treatmentWins, treatmentWins);
        if (!WilsonInterval.Compute(wins, level).TryGet(out var interval, out _))
            return new Inconclusive(Inconclusive.ZeroVariance, "All are ties.");
        var differences = SampleSummary.FromValues(credits.Select(c => (double)c.Treatment - c.Control).ToArray()).Value;
        return new InterleavingResult(
            controlWins,
            treatmentWins,
            credits.Count - controlWins - treatmentWins,
            wins.Rate,
            interval,
            SignTest(controlWins, treatmentWins),
            differences.Mean,
            differences.Variance > 0
                ? StudentDistribution.TwoSided(differences.Mean / Math.Sqrt(differences.VarianceOfMean), differences.Units - 1)
                : new Inconclusive(Inconclusive.ZeroVariance, "All differences are equal."));
    }

    /// <summary>
    /// 2 P(X at most the smaller count), X binomial with one half, at most 1: exact, through the incomplete beta function.
    /// </summary>
    private static double SignTest(long controlWins, long treatmentWins)
    {
        var (few, many) = (Math.Min(controlWins, treatmentWins), Math.Max(controlWins, treatmentWins));

        // P(X at most k) = I_1/2(n - k, k + 1); DLMF 8.17.5.
        return Math.Min(1, 2 * BetaDistribution.Cdf(many, few + 1, 0.5, Tail.Lower));
    }
}
