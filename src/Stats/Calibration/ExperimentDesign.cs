using System.Collections.Immutable;

namespace Splitstream.Stats.Calibration;

/// <summary>Everything about a planned experiment on which the error rates of its rule depend.</summary>
/// <param name="Weights">2 to 20, each above 0; a variant without weight takes no part.</param>
/// <param name="Control">Index of the control.</param>
/// <param name="Outcome">The primary metric.</param>
/// <param name="HigherIsBetter">Its direction.</param>
/// <param name="UnitsPerDay">New analysed units a day over all variants; above 0.</param>
/// <param name="DelayHours">From first exposure to maturity: the metric's window; 0 or more.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Guardrails">None or more.</param>
/// <param name="MinimumEffect">Smallest absolute effect worth finding; null leaves out power.</param>
/// <param name="LookDays">Looks at these times, in days since the start and rising, in place of the cadence; empty for the cadence.</param>
public sealed record ExperimentDesign(
    ImmutableArray<double> Weights,
    int Control,
    OutcomeModel Outcome,
    bool HigherIsBetter,
    double UnitsPerDay,
    double DelayHours,
    RuleDesign Rule,
    ImmutableArray<GuardrailDesign> Guardrails,
    double? MinimumEffect,
    ImmutableArray<double> LookDays)
{
    /// <summary>As many as an experiment may have.</summary>
    public const int MaximumVariants = 20;

    /// <summary>Looks times variants beyond this number are refused: they would take hours.</summary>
    public const int MaximumLooks = 500_000;

    /// <summary>More units in all than this are refused: their counts would not fit.</summary>
    public const double MaximumUnits = 2e9;

    internal int Treatments => Weights.Length - 1;

    /// <summary>Does nothing for a design that can be simulated.</summary>
    /// <exception cref="ArgumentException">A value is out of its range, or the whole is too large to be simulated.</exception>
    public void Check()
    {
        if (Weights.IsDefault || Weights.Length is < 2 or > MaximumVariants)
            throw new ArgumentException($"Needs 2 to {MaximumVariants} variants.", nameof(Weights));
        foreach (var weight in Weights)
            Guard.Positive(weight, nameof(Weights));
        if (Control < 0 || Control >= Weights.Length)
            throw new ArgumentOutOfRangeException(nameof(Control), Control, "Must be the index of a variant.");
        ArgumentNullException.ThrowIfNull(Outcome);
        Guard.Positive(UnitsPerDay);
        Guard.NotNegative(DelayHours);
        ArgumentNullException.ThrowIfNull(Rule);
        Rule.Check();
        if (Rule.HorizonDays * 1440 / Rule.CadenceMinutes * Weights.Length > MaximumLooks)
            throw new ArgumentException($"Needs at most {MaximumLooks} looks times variants.", nameof(Rule));
        if (!(UnitsPerDay * Rule.HorizonDays <= MaximumUnits))
            throw new ArgumentException($"Needs at most {MaximumUnits:N0} units in all.", nameof(UnitsPerDay));
        foreach (var guardrail in Guardrails)
            guardrail.Check();
        if (MinimumEffect is { } effect)
            Guard.Positive(effect, nameof(MinimumEffect));
        for (var i = 0; i < LookDays.Length; i++)
        {
            if (!(double.IsFinite(LookDays[i]) && LookDays[i] > (i == 0 ? 0 : LookDays[i - 1])))
                throw new ArgumentException("Looks must rise and be above 0.", nameof(LookDays));
        }
    }
}
