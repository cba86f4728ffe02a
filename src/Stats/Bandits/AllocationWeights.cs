using Splitstream.Stats.Bayesian;

namespace Splitstream.Stats.Bandits;

/// <summary>
/// Shares of the next units that an adaptive experiment gives to its variants, computed by quadrature instead of by draws.
/// </summary>
/// <remarks>
/// Every variant keeps at least the floor: weights are f + (1 - n f) w. A floor above 0 keeps every variant measurable afterwards; see
/// <see cref="AdaptiveEstimates"/>. Plain means of an adaptive experiment are biased.
/// </remarks>
public static class AllocationWeights
{
    /// <summary>
    /// Beyond this two others are better at once so rarely that each one's probability of being the best is that of beating the leader.
    /// </summary>
    private const double AllButCertain = 1 - 1e-7;

    /// <summary>Thompson sampling for rates: each variant's share is its probability of being the best.</summary>
    /// <param name="beliefs">One per variant, 1 to <see cref="BestOf.MaximumVariants"/>; higher is better.</param>
    /// <param name="floor">Smallest share f, in [0, 1/n].</param>
    /// <returns>One weight per variant, in [f, 1], summing to 1.</returns>
    /// <exception cref="ArgumentException">No belief, too many, or a floor out of range.</exception>
    /// <remarks>Thompson 1933; Russo et al. 2018.</remarks>
    public static IReadOnlyList<double> Thompson(IReadOnlyList<BetaPosterior> beliefs, double floor) =>
        WithFloor(Best(BestOf.Compute(beliefs)), floor);

    /// <summary>Thompson sampling for means; as for rates.</summary>
    public static IReadOnlyList<double> Thompson(IReadOnlyList<NormalPosterior> beliefs, double floor) =>
        WithFloor(Best(BestOf.Compute(beliefs)), floor);

    /// <summary>
    /// Top-two Thompson sampling for rates: a draw's best variant with probability <paramref name="leaderShare"/>, otherwise the best of
    /// a draw that has another best. It keeps measuring the runner-up, so it finds the best variant with fewer units.
    /// </summary>
    /// <param name="beliefs">As for <see cref="Thompson(IReadOnlyList{BetaPosterior}, double)"/>.</param>
    /// <param name="floor">As there.</param>
    /// <param name="leaderShare">In (0, 1); one half is usual.</param>
    /// <returns>As there. A single variant has weight 1.</returns>
    /// <remarks>
    /// Russo 2020 (Operations Research 68), section 3: a_i (s + (1 - s) sum over j other than i of a_j / (1 - a_j)), a_i the probability
    /// of being the best. Where the others' probabilities underflow, they share 1 - s evenly.
    /// </remarks>
    public static IReadOnlyList<double> TopTwo(IReadOnlyList<BetaPosterior> beliefs, double floor, double leaderShare = 0.5) =>
        WithFloor(
            TopTwo(Best(BestOf.Compute(beliefs)), leaderShare, (i, j) => BetaComparison.ProbabilityBetter(beliefs[j], beliefs[i]).BGreater),
            floor);

    /// <summary>Top-two Thompson sampling for means; as for rates.</summary>
    public static IReadOnlyList<double> TopTwo(IReadOnlyList<NormalPosterior> beliefs, double floor, double leaderShare = 0.5) =>
        WithFloor(TopTwo(Best(BestOf.Compute(beliefs)), leaderShare, (i, j) => beliefs[i].Minus(beliefs[j]).ProbabilityAboveZero), floor);

    private static double[] Best(IReadOnlyList<BestOfResult> results) => [.. results.Select(result => result.ProbabilityBest)];

    /// <param name="beats">The probability that the first variant is better than the second, accurate also where tiny.</param>
    private static double[] TopTwo(double[] best, double leaderShare, Func<int, int, double> beats)
    {
        Guard.Probability(leaderShare);
        if (best.Length < 2)
            return best;
        var weights = new double[best.Length];
        for (var leader = 0; leader < best.Length; leader++)
        {
            // Next to a leader that is all but certain the others' probabilities have no digits left; there it takes beating the leader.
            var others = best.Select((b, i) => i == leader ? 0 : best[leader] > AllButCertain ? beats(i, leader) : b).ToArray();
            var sum = others.Sum();
            weights[leader] += leaderShare * best[leader];
            for (var i = 0; i < best.Length; i++)
            {
                if (i != leader)
                    weights[i] += (1 - leaderShare) * best[leader] * (sum > 0 ? others[i] / sum : 1.0 / (best.Length - 1));
            }
        }

        return weights;
    }

    private static double[] WithFloor(double[] weights, double floor)
    {
        if (weights.Length == 0)
            throw new ArgumentException("At least one variant.", nameof(weights));
        if (!(floor >= 0 && floor * weights.Length <= 1))
            throw new ArgumentOutOfRangeException(nameof(floor), floor, $"Must lie in [0, 1/{weights.Length}].");
        var sum = weights.Sum();
        return Array.ConvertAll(weights, weight => floor + (1 - weights.Length * floor) * (weight / sum));
    }
}
