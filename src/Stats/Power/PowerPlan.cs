using System.Collections.Immutable;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Power;

/// <summary>
/// Sizes, durations and detectable effects of an experiment under each of the four methods. The fixed horizon is calculated by formula,
/// alpha spending by the inflation that its boundaries need; the others are simulated with the decision code of the analysis.
/// </summary>
/// <remarks>
/// Power is the chance that the treatment of least weight is shipped when it alone has the effect. Where treatments share alpha by Holm's
/// procedure its share is that of the first step, alpha over the number of treatments. Guardrails are not simulated. The horizon of the
/// rule is what is asked for, and does not count.
/// </remarks>
public static class PowerPlan
{
    /// <summary>What each method needs for the effect <see cref="ExperimentDesign.MinimumEffect"/>.</summary>
    /// <param name="design">With a minimum effect; a rate together with it below 1 (above 0 where lower is better).</param>
    /// <param name="power">Strictly between alpha / 2 and 1.</param>
    /// <param name="options">Seed, runs per effect and threads of the simulations.</param>
    /// <returns>In the order of <see cref="RuleMethod"/>; inconclusive where a method never has that power.</returns>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public static ImmutableArray<(RuleMethod Method, Computed<MethodSize> Size)> Sizes(
        ExperimentDesign design, double power, CertificateOptions options, CancellationToken cancellation = default)
    {
        Check(design, power, options);
        if (design.MinimumEffect is not { } effect)
            throw new ArgumentException("Needs a minimum effect.", nameof(design));
        if (effect >= Room(design) || (double.IsFinite(Room(design)) && 1 - Room(design) + effect >= 1))
            throw new ArgumentException("A rate with this effect is no rate.", nameof(design));
        var formula = new CalculatedPlan(design, power);
        var simulation = new SimulatedPlan(design, power, formula, options, cancellation);
        return [.. Enum.GetValues<RuleMethod>().Select(method => (
            method, IsCalculated(method) ? formula.Size(method, effect) : simulation.Size(method, effect)))];
    }

    /// <summary>The smallest effect that each method finds within a number of days.</summary>
    /// <param name="days">Above 0.</param>
    /// <returns>In the order of <see cref="RuleMethod"/>; inconclusive where a method finds none.</returns>
    /// <inheritdoc cref="Sizes"/>
    public static ImmutableArray<(RuleMethod Method, Computed<double> Effect)> Effects(
        ExperimentDesign design, double days, double power, CertificateOptions options, CancellationToken cancellation = default)
    {
        Check(design, power, options);
        Guard.Positive(days);
        if (!(days * design.UnitsPerDay <= ExperimentDesign.MaximumUnits))
            throw new ArgumentOutOfRangeException(nameof(days), days, $"Brings more than {ExperimentDesign.MaximumUnits:N0} units.");
        var formula = new CalculatedPlan(design, power);
        var simulation = new SimulatedPlan(design, power, formula, options, cancellation);
        return [.. Enum.GetValues<RuleMethod>().Select(method => (
            method, IsCalculated(method) ? formula.Effect(method, days) : simulation.Effect(method, days)))];
    }

    /// <summary>Effects below this are possible; infinite but for rates.</summary>
    public static double Room(ExperimentDesign design)
    {
        ArgumentNullException.ThrowIfNull(design);
        return design.Outcome is not ConversionModel { Rate: var rate } ? double.PositiveInfinity : design.HigherIsBetter ? 1 - rate : rate;
    }

    /// <summary>Traffic that just fills a rule's horizon: what is assumed where nobody says how much comes.</summary>
    /// <param name="weights">At least one above 0.</param>
    /// <returns>Units a day over all variants.</returns>
    public static double UnitsPerDay(RuleDesign rule, IReadOnlyCollection<double> weights)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return SpendingSchedule.PlannedUnits(rule.HorizonUnitsPerVariant, weights) / rule.HorizonDays;
    }

    /// <summary>The treatment whose power is meant: that of least weight, the first of equals.</summary>
    /// <returns>The index of its weight.</returns>
    public static int Treatment(ExperimentDesign design)
    {
        ArgumentNullException.ThrowIfNull(design);
        return Enumerable.Range(0, design.Weights.Length).Where(variant => variant != design.Control).MinBy(variant => design.Weights[variant]);
    }

    private static bool IsCalculated(RuleMethod method) => method is RuleMethod.FixedHorizon or RuleMethod.GroupSequential;

    private static void Check(ExperimentDesign design, double power, CertificateOptions options)
    {
        ArgumentNullException.ThrowIfNull(design);
        ArgumentNullException.ThrowIfNull(options);
        design.Check();
        options.Check();
        Guard.Probability(power);
        if (power <= design.Rule.Alpha / 2)
            throw new ArgumentOutOfRangeException(nameof(power), power, "Must be above alpha / 2.");
    }
}
