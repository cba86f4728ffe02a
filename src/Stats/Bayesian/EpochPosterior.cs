using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Bayesian;

/// <summary>Beliefs about rates from several epochs, combined with the weights that combine their effects.</summary>
public static class EpochPosterior
{
    /// <summary>
    /// One belief per variant about its rate standardised over epochs, sum of w_e p_e. Every epoch is updated from the same prior;
    /// the sum of independent betas is replaced by the beta of the same mean and variance. One epoch that counts gives its posterior
    /// unchanged.
    /// </summary>
    /// <param name="epochs">For each epoch the counts of all variants, in the same order.</param>
    /// <param name="prior">Prior of every rate in every epoch.</param>
    /// <returns>Inconclusive when no epoch has units in every variant.</returns>
    /// <remarks>
    /// Weights: <see cref="EpochWeights"/>. The mean and variance are exact; the shape is not, but a mean of betas with thousands of
    /// units is closer to a beta than to anything else that is as simple.
    /// </remarks>
    public static Computed<IReadOnlyList<BetaPosterior>> Combine(
        IReadOnlyList<IReadOnlyList<ConversionCounts>> epochs, BetaPosterior prior)
    {
        ArgumentNullException.ThrowIfNull(epochs);
        ArgumentNullException.ThrowIfNull(prior);
        var units = epochs.Select(e => (IReadOnlyList<long>)e.Select(c => c.Units).ToArray()).ToArray();
        var weights = EpochWeights.Compute(units);
        var counted = weights.Count(w => w > 0);
        if (counted == 0)
            return new Inconclusive(Inconclusive.NoUnits, "No epoch has units in every variant.");
        var beliefs = new BetaPosterior[epochs[0].Count];
        for (var v = 0; v < beliefs.Length; v++)
        {
            double mean = 0, failureMean = 0, variance = 0;
            for (var e = 0; e < epochs.Count; e++)
            {
                if (weights[e] == 0)
                    continue;
                var posterior = prior.Update(epochs[e][v]);
                beliefs[v] = posterior;
                mean += weights[e] * posterior.Mean;
                failureMean += weights[e] * posterior.Mirror().Mean;
                variance += weights[e] * weights[e] * posterior.Variance;
            }

            if (counted > 1)
            {
                var size = mean * failureMean / variance - 1;
                beliefs[v] = new BetaPosterior(mean * size, failureMean * size);
            }
        }

        return Computed.Of<IReadOnlyList<BetaPosterior>>(beliefs);
    }
}
