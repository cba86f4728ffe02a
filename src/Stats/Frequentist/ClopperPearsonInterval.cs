using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.Frequentist;

/// <summary>Exact confidence limits of a rate: what simulated error rates are judged by.</summary>
/// <remarks>Clopper and Pearson 1934, as quantiles of the beta distribution.</remarks>
public static class ClopperPearsonInterval
{
    /// <summary>Two-sided limits in [0, 1]; 0 when nothing happened, 1 when everything did.</summary>
    /// <param name="occurrences">0 to <paramref name="trials"/>.</param>
    /// <param name="trials">1 or more.</param>
    /// <param name="level">Coverage of at least this, in (0, 1).</param>
    public static ConfidenceInterval Compute(long occurrences, long trials, double level = 0.95)
    {
        Check(occurrences, trials);
        Guard.Probability(level);
        return new ConfidenceInterval(
            occurrences == 0 ? 0 : BetaDistribution.Quantile(occurrences, trials - occurrences + 1, (1 - level) / 2, Tail.Lower),
            Upper(occurrences, trials, (1 - level) / 2),
            level);
    }

    /// <summary>One-sided upper limit: the rate at which this few or fewer have the chance 1 - level.</summary>
    /// <inheritdoc cref="Compute"/>
    public static double UpperBound(long occurrences, long trials, double level = 0.95)
    {
        Check(occurrences, trials);
        Guard.Probability(level);
        return Upper(occurrences, trials, 1 - level);
    }

    private static double Upper(long occurrences, long trials, double outside) =>
        occurrences == trials ? 1 : BetaDistribution.Quantile(occurrences + 1, trials - occurrences, outside, Tail.Upper);

    private static void Check(long occurrences, long trials)
    {
        Guard.AtLeast(trials, 1);
        Guard.AtLeast(occurrences, 0);
        if (occurrences > trials)
            throw new ArgumentOutOfRangeException(nameof(occurrences), occurrences, "Must be at most the number of trials.");
    }
}
