using Splitstream.Stats.Regression;

namespace Splitstream.Stats.QuasiExperiments;

/// <summary>Difference in differences as a panel regression: outcome = unit effect + period effect + effect times treatment.</summary>
/// <remarks>
/// Two groups in two periods give the difference of the four means. With changes that come at different times to different units the
/// estimate weights them, some negatively, unless their effects are alike (Goodman-Bacon 2021); that is not repaired here.
/// </remarks>
public static class TwoWayFixedEffects
{
    private const int MaximumPasses = 20_000;

    /// <summary>What is left of the treatment after both kinds of effects, relative to it, below which nothing is identified.</summary>
    private const double Identified = 1e-9;

    /// <summary>Estimates the effect, with standard errors clustered by unit (CR1) and t with units - 1 degrees of freedom.</summary>
    /// <param name="rows">At most one per unit and period.</param>
    /// <param name="level">Coverage of the interval, in (0, 1).</param>
    /// <returns>
    /// Inconclusive below two units or two periods, when treatment does not vary beyond unit and period effects, or when the fit is
    /// perfect.
    /// </returns>
    /// <exception cref="ArgumentException">A value is not finite, or a unit has two rows in one period.</exception>
    /// <remarks>
    /// Frisch and Waugh 1933: both effects are projected out of outcome and treatment. The factor (N-1)/(N-K) of CR1 counts the slope,
    /// the intercept and the period effects, not the unit effects, which are nested in the clusters (Cameron and Miller 2015, III.B).
    /// </remarks>
    public static Computed<CoefficientTest> Compute(IReadOnlyList<PanelRow> rows, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Guard.Probability(level);
        foreach (var row in rows)
        {
            if (!(Math.Abs(row.Outcome) <= 1e140 && Math.Abs(row.Treatment) <= 1e140))
                throw new ArgumentOutOfRangeException(nameof(rows), row, "Outcome and treatment must be finite and below 1e140.");
        }

        if (rows.Select(row => (row.Unit, row.Period)).Distinct().Count() != rows.Count)
            throw new ArgumentException("A unit has two rows in one period.", nameof(rows));
        var (units, unitCount) = Number(rows.Select(row => row.Unit));
        var (periods, periodCount) = Number(rows.Select(row => row.Period));
        if (unitCount < 2 || periodCount < 2 || rows.Count < periodCount + 2)
            return new Inconclusive(Inconclusive.TooFewUnits, "Two units and two periods are needed, and more rows than effects.");

        var treatment = rows.Select(row => row.Treatment).ToArray();
        var outcome = rows.Select(row => row.Outcome).ToArray();
        var scale = Largest(treatment);
        if (!Project(treatment, units, unitCount, periods, periodCount) || !Project(outcome, units, unitCount, periods, periodCount))
            return new Inconclusive(Inconclusive.NoSolution, "The effects of units and periods could not be told apart.");
        if (!(Largest(treatment) > Identified * scale))
            return new Inconclusive(Inconclusive.RankDeficient, "The treatment does not vary beyond units and periods.");
        if (!LinearRegression.Fit(outcome, [treatment]).TryGet(out var fit, out var why))
            return why;
        return fit.ClusterRobust(units, periodCount + 1).TryGet(out var covariance, out why) ? covariance.Test(1, level) : why;
    }

    /// <summary>Subtracts unit and period means in turn until neither is left: in one pass where no row is missing.</summary>
    private static bool Project(double[] values, int[] units, int unitCount, int[] periods, int periodCount)
    {
        var small = Largest(values) * 1e-14;
        for (var pass = 0; pass < MaximumPasses; pass++)
        {
            var shift = Math.Max(Demean(values, units, unitCount), Demean(values, periods, periodCount));
            if (shift <= small)
                return true;
        }

        return false;
    }

    /// <summary>Subtracts the mean of each group; the largest of these means.</summary>
    private static double Demean(double[] values, int[] groups, int count)
    {
        var sums = new double[count];
        var sizes = new int[count];
        for (var i = 0; i < values.Length; i++)
        {
            sums[groups[i]] += values[i];
            sizes[groups[i]]++;
        }

        for (var i = 0; i < values.Length; i++)
            values[i] -= sums[groups[i]] / sizes[groups[i]];
        var largest = 0.0;
        for (var group = 0; group < count; group++)
            largest = Math.Max(largest, Math.Abs(sums[group] / sizes[group]));
        return largest;
    }

    /// <summary>Numbers from 0 in order of appearance.</summary>
    private static (int[] Numbers, int Count) Number(IEnumerable<int> keys)
    {
        var seen = new Dictionary<int, int>();
        var numbers = keys.Select(key => seen.TryGetValue(key, out var number) ? number : seen[key] = seen.Count).ToArray();
        return (numbers, seen.Count);
    }

    private static double Largest(double[] values)
    {
        var largest = 0.0;
        foreach (var value in values)
            largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }
}
