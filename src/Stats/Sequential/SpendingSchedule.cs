using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.Sequential;

/// <summary>Nominal levels of looks that spend alpha by the information they really came with.</summary>
/// <remarks>
/// Lan and DeMets 1983 with the realised fractions. The look at the horizon has spending time 1 and takes the rest, however little
/// information it came with; the correlation with earlier looks stays that of the information they had (Lan and DeMets 1989).
/// </remarks>
public static class SpendingSchedule
{
    /// <summary>
    /// Least growth of the information fraction between two tests, the horizon excepted: a finer cadence would cost seconds of
    /// arithmetic and win nothing. Whether to test depends on counts of units alone, never on outcomes.
    /// </summary>
    public const double MinimumGain = 0.005;

    /// <summary>An earlier look that could spend no more than this cannot have crossed, and would leave the range of a double.</summary>
    private const double Negligible = 1e-100;

    /// <summary>Units of all variants when the largest is at the horizon: the planned maximum that information is a share of.</summary>
    /// <param name="unitsPerVariant">The horizon of the largest variant, above 0.</param>
    /// <param name="weights">Of all variants, not negative, at least one of them positive; those of weight 0 add nothing.</param>
    public static double PlannedUnits(double unitsPerVariant, IReadOnlyCollection<double> weights)
    {
        Guard.Positive(unitsPerVariant);
        ArgumentNullException.ThrowIfNull(weights);
        Guard.Positive(weights.Sum(), nameof(weights));
        return unitsPerVariant * (weights.Sum() / weights.Max());
    }

    /// <summary>Whether a look tests at all.</summary>
    /// <param name="last">Information of the last look that tested, 0 before the first.</param>
    /// <param name="information">Units over the planned maximum.</param>
    /// <param name="atHorizon">The last look always tests.</param>
    public static bool Tests(double last, double information, bool atHorizon)
    {
        Guard.NotNegative(last);
        Guard.NotNegative(information);
        return atHorizon || information >= last + MinimumGain;
    }

    /// <summary>Largest two-sided p-value that rejects, at each of the looks that tested; 0 where a look has no alpha to spend.</summary>
    /// <param name="kind">One of the spending kinds.</param>
    /// <param name="alpha">Two-sided, over all looks, in (0, 1).</param>
    /// <param name="information">Of the looks that tested, rising; all but a last one at the horizon lie in (0, 1).</param>
    /// <param name="endsAtHorizon">Whether the last of them was at the horizon.</param>
    /// <returns>Inconclusive when a boundary is beyond a double.</returns>
    public static Computed<double[]> NominalLevels(BoundaryKind kind, double alpha, IReadOnlyList<double> information, bool endsAtHorizon)
    {
        Guard.Probability(alpha);
        ArgumentNullException.ThrowIfNull(information);
        var levels = new double[information.Count];
        var tested = Enumerable.Range(0, information.Count)
            .Where(look => (endsAtHorizon && look == information.Count - 1) || GroupSequential.AlphaSpent(kind, alpha, information[look]) >= Negligible)
            .ToArray();
        if (tested.Length == 0)
            return levels;

        // Later looks do not move a boundary; where the horizon is still to come, a last look at 1 makes the list complete.
        var times = tested.Select(look => information[look]).ToList();
        var end = 1.0;
        if (endsAtHorizon)
        {
            end = times.Count == 1 ? 1 : Math.Max(times[^1], times[^2] + MinimumGain);
            times.RemoveAt(times.Count - 1);
        }

        double[] spendingTimes = [.. times, 1];
        double[] fractions = [.. times.Select(time => time / end), 1];
        if (!GroupSequential.Boundaries(kind, alpha, fractions, spendingTimes).TryGet(out var z, out var why))
            return why;
        for (var i = 0; i < tested.Length; i++)
            levels[tested[i]] = 2 * NormalDistribution.Cdf(z[i], Tail.Upper);
        return levels;
    }
}
