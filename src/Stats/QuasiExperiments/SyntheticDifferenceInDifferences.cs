using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.QuasiExperiments;

/// <summary>
/// Synthetic difference in differences: units weighted so that they ran parallel to the treated ones before, periods weighted so that
/// they resemble those after, then a difference in differences with both.
/// </summary>
/// <remarks>Arkhangelsky, Athey, Hirshberg, Imbens and Wager 2021 (American Economic Review 111), algorithms 1 and 4.</remarks>
public static class SyntheticDifferenceInDifferences
{
    /// <summary>Share of the noise that keeps time weights unique; the paper's choice, too small to move them.</summary>
    private const double TimeRegularisation = 1e-6;

    /// <summary>Estimates the average effect on the treated units in the periods after the change.</summary>
    /// <param name="panel">Outcomes of all units.</param>
    /// <param name="treatedUnits">Distinct indices of the treated units, at least one; the change came to all at once.</param>
    /// <param name="periodsBefore">Number of periods before the change, at least 1 and fewer than all.</param>
    /// <returns>Inconclusive below two control units or two periods before, or when no control unit varies in time before.</returns>
    /// <exception cref="ArgumentException">There is no such unit, one is named twice, or no period before or after exists.</exception>
    public static Computed<SyntheticDifferenceResult> Compute(Panel panel, IReadOnlyList<int> treatedUnits, int periodsBefore)
    {
        ArgumentNullException.ThrowIfNull(panel);
        ArgumentNullException.ThrowIfNull(treatedUnits);
        Guard.AtLeast(treatedUnits.Count, 1, nameof(treatedUnits));
        foreach (var unit in treatedUnits)
            SyntheticControl.Check(panel, unit, periodsBefore);
        if (treatedUnits.Distinct().Count() != treatedUnits.Count)
            throw new ArgumentException("Every treated unit once.", nameof(treatedUnits));
        var controls = Enumerable.Range(0, panel.Units).Except(treatedUnits).ToArray();
        if (controls.Length < 2 || periodsBefore < 2)
            return new Inconclusive(Inconclusive.TooFewUnits, "Two control units and two periods before the change are needed.");

        var noise = FirstDifferences(panel, controls, periodsBefore);
        if (noise == 0)
            return new Inconclusive(Inconclusive.ZeroVariance, "No control unit changes from period to period.");
        var after = panel.Periods - periodsBefore;
        var zeta = Math.Sqrt(Math.Sqrt((double)treatedUnits.Count * after)) * noise;

        // Unit weights: columns are control units over the periods before, centred in time for the intercept.
        var treated = Enumerable.Range(0, periodsBefore).Select(period => treatedUnits.Average(unit => panel[unit, period])).ToArray();
        var units = SimplexLeastSquares.Solve(
            controls.Select(unit => Centred(panel.Slice(unit, 0, periodsBefore))).ToArray(), Centred(treated), zeta * zeta * periodsBefore);

        // Time weights: columns are periods before over the control units, centred over them.
        var timeZeta = TimeRegularisation * noise;
        var times = SimplexLeastSquares.Solve(
            Enumerable.Range(0, periodsBefore).Select(period => Centred(controls.Select(unit => panel[unit, period]).ToArray())).ToArray(),
            Centred(controls.Select(unit => panel.Mean(unit, periodsBefore, panel.Periods)).ToArray()),
            timeZeta * timeZeta * controls.Length);
        if (units is null || times is null)
            return new Inconclusive(Inconclusive.NoSolution, "No weights satisfy the conditions of the optimum.");

        var effect = treatedUnits.Average(Rise);
        var weights = new double[panel.Units];
        for (var k = 0; k < controls.Length; k++)
        {
            weights[controls[k]] = units[k];
            effect -= units[k] * Rise(controls[k]);
        }

        return new SyntheticDifferenceResult(effect, weights, times, zeta, noise);

        // Mean after minus weighted mean before.
        double Rise(int unit)
        {
            var rise = 0.0;
            var end = panel.Mean(unit, periodsBefore, panel.Periods);
            for (var period = 0; period < periodsBefore; period++)
                rise += times[period] * (end - panel[unit, period]);
            return rise;
        }
    }

    /// <summary>
    /// Standard error and normal interval from placebos: control units take the place of the treated ones, which are left out. A single
    /// treated unit is replaced by each control in turn; several by sets drawn at random.
    /// </summary>
    /// <param name="generator">Draws the sets; not used, and may be null, with one treated unit.</param>
    /// <param name="replications">Number of sets, 2 to 100,000; not used with one treated unit.</param>
    /// <returns>Inconclusive when the effect is, when controls do not outnumber the treated by two, or when placebos do not vary.</returns>
    /// <remarks>
    /// Algorithm 4, divisor as there (the number of placebos). Assumes the treated unit's noise is like that of the others.
    /// </remarks>
    public static Computed<SyntheticDifferenceErrors> Placebo(
        Panel panel,
        IReadOnlyList<int> treatedUnits,
        int periodsBefore,
        Random? generator = null,
        int replications = 200,
        double level = 0.95)
    {
        Guard.Probability(level);
        if (replications is < 2 or > 100_000)
            throw new ArgumentOutOfRangeException(nameof(replications), replications, "Between 2 and 100,000.");
        if (!Compute(panel, treatedUnits, periodsBefore).TryGet(out var estimate, out var why))
            return why;
        if (treatedUnits.Count > 1)
            ArgumentNullException.ThrowIfNull(generator);
        var controls = Enumerable.Range(0, panel.Units).Except(treatedUnits).ToArray();
        if (controls.Length < treatedUnits.Count + 2)
            return new Inconclusive(Inconclusive.TooFewUnits, "Placebos need two more control units than treated ones.");
        var untreated = new Panel(controls.Select(panel.OutcomesOf).ToArray());
        var effects = new double[treatedUnits.Count == 1 ? controls.Length : replications];
        var all = Enumerable.Range(0, controls.Length).ToArray();
        for (var i = 0; i < effects.Length; i++)
        {
            if (treatedUnits.Count > 1)
                generator!.Shuffle(all);
            int[] placebos = treatedUnits.Count == 1 ? [i] : all[..treatedUnits.Count];
            if (!Compute(untreated, placebos, periodsBefore).TryGet(out var placebo, out why))
                return why;
            effects[i] = placebo.Effect;
        }

        var mean = effects.Average();
        var error = Math.Sqrt(effects.Sum(e => (e - mean) * (e - mean)) / effects.Length);
        if (error == 0)
            return new Inconclusive(Inconclusive.ZeroVariance, "All placebos have the same effect.");
        var half = NormalDistribution.Quantile((1 - level) / 2, Tail.Upper) * error;
        return new SyntheticDifferenceErrors(
            effects, error, new ConfidenceInterval(estimate.Effect - half, estimate.Effect + half, level));
    }

    /// <summary>Standard deviation of period-to-period changes of the controls before: the noise of the paper's equation 2.2.</summary>
    private static double FirstDifferences(Panel panel, int[] controls, int periodsBefore)
    {
        var changes = controls
            .SelectMany(unit => Enumerable.Range(1, periodsBefore - 1).Select(period => panel[unit, period] - panel[unit, period - 1]))
            .ToArray();
        var mean = changes.Average();
        return Math.Sqrt(changes.Sum(c => (c - mean) * (c - mean)) / Math.Max(1, changes.Length - 1));
    }

    private static double[] Centred(double[] values)
    {
        var mean = values.Average();
        return Array.ConvertAll(values, value => value - mean);
    }
}
