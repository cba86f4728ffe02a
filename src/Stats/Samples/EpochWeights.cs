namespace Splitstream.Stats.Samples;

/// <summary>Weights that combine the effects of several epochs into one.</summary>
/// <remarks>
/// Mantel-Haenszel weights for a difference, w_e proportional to n_t n_c / (n_t + n_c) = 1 / (1/n_t + 1/n_c)
/// (Greenland and Robins 1985). They depend on numbers of units only, so a base rate that moves between epochs cannot leak into the
/// effect, and an epoch in which one variant is small counts little. With more than two variants: 1 / sum over variants of 1/n.
/// </remarks>
public static class EpochWeights
{
    /// <summary>Weights that sum to 1, one per epoch; all 0 when no epoch has units in every variant.</summary>
    /// <param name="unitsByEpoch">For each epoch the number of units per variant. A variant without units gives its epoch weight 0.</param>
    /// <param name="minimumUnits">Units that each variant needs for its epoch to count; at least 1.</param>
    /// <remarks>With one epoch that counts its weight is exactly 1, so that nothing changes against the plain computation.</remarks>
    public static double[] Compute(IReadOnlyList<IReadOnlyList<long>> unitsByEpoch, long minimumUnits = 1)
    {
        ArgumentNullException.ThrowIfNull(unitsByEpoch);
        Guard.AtLeast(minimumUnits, 1);
        var weights = new double[unitsByEpoch.Count];
        var total = 0.0;
        for (var e = 0; e < weights.Length; e++)
        {
            var inverse = 0.0;
            var complete = unitsByEpoch[e].Count > 0;
            foreach (var units in unitsByEpoch[e])
            {
                complete &= units >= minimumUnits;
                if (complete)
                    inverse += 1.0 / units;
            }

            weights[e] = complete ? 1 / inverse : 0;
            total += weights[e];
        }

        if (total > 0)
        {
            for (var e = 0; e < weights.Length; e++)
                weights[e] /= total;
        }

        return weights;
    }
}
