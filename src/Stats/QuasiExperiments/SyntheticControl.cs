namespace Splitstream.Stats.QuasiExperiments;

/// <summary>
/// The effect of a change that came to one unit, measured against a weighted mean of the others that ran beside it before.
/// </summary>
/// <remarks>
/// Abadie, Diamond and Hainmueller 2010, with the outcomes of all earlier periods as the only predictors, equally weighted. Sound when
/// the fit before is close and no other change came to the treated unit or its donors; not randomised, hence never a decision input.
/// </remarks>
public static class SyntheticControl
{
    /// <summary>Below this share of the spread of the panel the fit before counts as perfect.</summary>
    private const double PerfectFit = 1e-12;

    /// <summary>Compares one unit with the best convex combination of all others.</summary>
    /// <param name="panel">Outcomes of all units; at least one donor beside the treated unit.</param>
    /// <param name="treatedUnit">Index of the unit to which the change came.</param>
    /// <param name="periodsBefore">Number of periods before the change, at least 1 and fewer than all.</param>
    /// <returns>Inconclusive when the panel has no other unit.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such unit, or no period before or after.</exception>
    public static Computed<SyntheticControlResult> Compute(Panel panel, int treatedUnit, int periodsBefore)
    {
        Check(panel, treatedUnit, periodsBefore);
        var donors = Enumerable.Range(0, panel.Units).Where(unit => unit != treatedUnit).ToArray();
        if (donors.Length == 0)
            return new Inconclusive(Inconclusive.TooFewVariants, "No other unit to compare with.");
        var columns = donors.Select(unit => panel.Slice(unit, 0, periodsBefore)).ToArray();
        var solved = SimplexLeastSquares.Solve(columns, panel.Slice(treatedUnit, 0, periodsBefore), 0);
        if (solved is null)
            return new Inconclusive(Inconclusive.NoSolution, "No weights satisfy the conditions of the optimum.");

        var weights = new double[panel.Units];
        var gaps = new double[panel.Periods];
        for (var k = 0; k < donors.Length; k++)
            weights[donors[k]] = solved[k];
        for (var period = 0; period < panel.Periods; period++)
        {
            // Weighted differences rather than a difference of weighted sums, for their digits.
            foreach (var donor in donors)
                gaps[period] += weights[donor] * (panel[treatedUnit, period] - panel[donor, period]);
        }

        var before = RootMeanSquare(gaps.AsSpan(0, periodsBefore));
        var after = RootMeanSquare(gaps.AsSpan(periodsBefore));
        var spread = columns.Max(column => column.Max()) - columns.Min(column => column.Min());
        return new SyntheticControlResult(
            weights,
            gaps,
            gaps.Skip(periodsBefore).Average(),
            before,
            after,
            before > PerfectFit * spread
                ? after / before
                : new Inconclusive(Inconclusive.ZeroVariance, "The fit before the change is perfect; no ratio to it exists."));
    }

    /// <summary>
    /// Pretends of every unit in turn that the change came to it, and ranks the treated unit's ratio of the errors after and before
    /// among all. Every placebo may use every other unit, the treated one included, as donor.
    /// </summary>
    /// <returns>Inconclusive with fewer than three units, or when some unit's fit before is perfect.</returns>
    /// <remarks>Abadie, Diamond and Hainmueller 2010, section III.C; the p-value is the rank over the number of units.</remarks>
    public static Computed<PlaceboInSpaceResult> PlaceboInSpace(Panel panel, int treatedUnit, int periodsBefore)
    {
        Check(panel, treatedUnit, periodsBefore);
        if (panel.Units < 3)
            return new Inconclusive(Inconclusive.TooFewVariants, "A placebo needs a unit and a donor beside the treated unit.");
        var ratios = new double[panel.Units];
        for (var unit = 0; unit < panel.Units; unit++)
        {
            if (!Compute(panel, unit, periodsBefore).TryGet(out var result, out var why))
                return why;
            if (!result.ErrorRatio.TryGet(out ratios[unit], out why))
                return why;
        }

        // Ties count against the treated unit.
        var rank = ratios.Count(ratio => ratio >= ratios[treatedUnit]);
        return new PlaceboInSpaceResult(ratios, rank, (double)rank / panel.Units);
    }

    internal static void Check(Panel panel, int treatedUnit, int periodsBefore)
    {
        ArgumentNullException.ThrowIfNull(panel);
        if (treatedUnit < 0 || treatedUnit >= panel.Units)
            throw new ArgumentOutOfRangeException(nameof(treatedUnit), treatedUnit, $"The panel has {panel.Units} units.");
        if (periodsBefore < 1 || periodsBefore >= panel.Periods)
            throw new ArgumentOutOfRangeException(nameof(periodsBefore), periodsBefore, $"At least 1 and below {panel.Periods}.");
    }

    private static double RootMeanSquare(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += value * value;
        return Math.Sqrt(sum / values.Length);
    }
}
