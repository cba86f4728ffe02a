using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Srm;

/// <summary>
/// Sequential test of sample ratio mismatch: the Bayes factor of a Dirichlet alternative, centred on the planned shares, against
/// exactly those shares. It may be watched at every unit; the chance that 1/BF ever falls below alpha is at most alpha.
/// </summary>
/// <remarks>
/// Lindon and Malek 2022: log BF = ln B(k theta + x) - ln B(k theta) - sum of x_i ln theta_i, with B the multivariate beta function,
/// x the cumulative counts, theta the planned shares and k the concentration. It depends on the counts only, not on their order.
/// </remarks>
public static class MultinomialEProcess
{
    /// <summary>Concentration used for alarms: sharp enough for a 51/49 split within tens of thousands of units.</summary>
    public const double DefaultConcentration = 100;

    /// <summary>2^53: up to here every count is a double.</summary>
    private const long LargestCount = 1L << 53;

    /// <summary>Natural logarithm of the Bayes factor of one epoch's cumulative counts; 0 without units.</summary>
    /// <param name="cumulative">Units per variant since the epoch began.</param>
    /// <param name="weights">Weights in force; a variant of weight zero is left out.</param>
    /// <param name="concentration">k, above 0: how firmly the alternative sits at the planned shares.</param>
    /// <returns>Inconclusive with fewer than two positive weights, or with units in a variant of weight zero.</returns>
    public static Computed<double> LogBayesFactor(
        IReadOnlyList<long> cumulative, IReadOnlyList<double> weights, double concentration = DefaultConcentration)
    {
        ArgumentNullException.ThrowIfNull(cumulative);
        ArgumentNullException.ThrowIfNull(weights);
        Guard.Positive(concentration);
        if (cumulative.Count != weights.Count)
            throw new ArgumentException("Needs one weight per count.", nameof(weights));
        var weightSum = 0.0;
        var positive = 0;
        long total = 0;
        for (var i = 0; i < weights.Count; i++)
        {
            Guard.NotNegative(weights[i], nameof(weights));
            Guard.AtLeast(cumulative[i], 0, nameof(cumulative));
            if (weights[i] == 0 && cumulative[i] > 0)
                return new Inconclusive(Inconclusive.UnitsInZeroWeightVariant, $"{cumulative[i]} units in a variant of weight zero.");
            weightSum += weights[i];
            positive += weights[i] > 0 ? 1 : 0;
            total = checked(total + cumulative[i]);
        }

        if (positive < 2)
            return new Inconclusive(Inconclusive.TooFewVariants, "Fewer than two variants have a positive weight.");
        if (total == 0)
            return 0.0;

        // With o = k theta_i + x_i, q = theta_i (k + n) and D the Stirling remainder, the log-gammas combine to the sum of
        // o ln(o/q) - o + q (never negative), small half logarithms and remainders: a million units lose no digits.
        var n = (double)total;
        var logFactor = 0.5 * Elementary.Log1p(n / concentration)
            + GammaFunctions.StirlingRemainder(concentration) - GammaFunctions.StirlingRemainder(concentration + n);
        for (var i = 0; i < weights.Count; i++)
        {
            if (weights[i] == 0)
                continue;
            var share = weights[i] / weightSum;
            var prior = concentration * share;
            var posterior = prior + cumulative[i];
            logFactor += posterior * Elementary.LogExcess((share * n - cumulative[i]) / posterior)
                - 0.5 * Elementary.Log1p(cumulative[i] / prior)
                + (GammaFunctions.StirlingRemainder(posterior) - GammaFunctions.StirlingRemainder(prior));
        }

        return double.IsFinite(logFactor)
            ? logFactor
            : new Inconclusive(Inconclusive.Overflow, "A weight is too large or too small for the Bayes factor.");
    }

    /// <summary>The process over successive batches of units: one look after each, with its running p-value.</summary>
    /// <param name="increments">For each batch the new units per variant.</param>
    /// <param name="weights">Weights in force all the time, at least two of them positive.</param>
    /// <param name="concentration">k, above 0.</param>
    /// <returns>One look per batch; inconclusive as the log Bayes factor of its counts.</returns>
    public static Computed<IReadOnlyList<SampleRatioLook>> Run(
        IReadOnlyList<IReadOnlyList<long>> increments, IReadOnlyList<double> weights, double concentration = DefaultConcentration)
    {
        ArgumentNullException.ThrowIfNull(increments);
        ArgumentNullException.ThrowIfNull(weights);
        var cumulative = new long[weights.Count];
        var state = SequentialSampleRatio.Start;
        var looks = new List<SampleRatioLook>(increments.Count);
        foreach (var batch in increments)
        {
            if (batch.Count != weights.Count)
                throw new ArgumentException("Needs one weight per count.", nameof(increments));
            for (var i = 0; i < cumulative.Length; i++)
            {
                Guard.AtLeast(batch[i], 0, nameof(increments));
                cumulative[i] += batch[i];
                if (cumulative[i] is < 0 or > LargestCount)
                    return new Inconclusive(Inconclusive.Overflow, "There are more units than a double can count.");
            }

            if (!LogBayesFactor(cumulative, weights, concentration).TryGet(out var log, out var why))
                return why;
            state = state.Look(log);
            looks.Add(new SampleRatioLook(log, state.P));
        }

        return Computed.Of<IReadOnlyList<SampleRatioLook>>(looks);
    }

    /// <summary>
    /// Log Bayes factor of an experiment of several epochs: the product of one process per epoch, that is the sum of logarithms. An
    /// epoch with a single positive weight, or without units, contributes a factor of one.
    /// </summary>
    public static Computed<double> LogBayesFactor(
        IReadOnlyList<SampleRatioEpoch> epochs, double concentration = DefaultConcentration)
    {
        ArgumentNullException.ThrowIfNull(epochs);
        var sum = 0.0;
        foreach (var epoch in epochs)
        {
            var one = LogBayesFactor(epoch.Observed, epoch.Weights, concentration);
            if (one.TryGet(out var log, out var why))
                sum += log;
            else if (why.Reason != Inconclusive.TooFewVariants)
                return why;
        }

        return sum;
    }
}
