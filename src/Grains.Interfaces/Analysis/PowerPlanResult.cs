using System.Collections.Immutable;

namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>What each decision method needs for an effect, or finds within some days. Effects are absolute.</summary>
/// <param name="Alpha">Two-sided.</param>
/// <param name="Power">Chance that the treatment is shipped when it alone has the effect.</param>
/// <param name="Treatment">Whose power it is: that of least weight.</param>
/// <param name="Mde">The effect that was asked about; null where days were.</param>
/// <param name="Days">The days that were asked about; null where an effect was.</param>
/// <param name="UnitsPerDay">As stated; null when it was not.</param>
/// <param name="AssumedUnitsPerDay">At which the looks come: as stated, else what fills the rule's horizon.</param>
/// <param name="Methods">Each of the four.</param>
/// <param name="Runs">Simulated experiments behind each figure of the methods that are simulated.</param>
public sealed record PowerPlanResult(
    double Alpha,
    double Power,
    string Treatment,
    double? Mde,
    double? Days,
    double? UnitsPerDay,
    double AssumedUnitsPerDay,
    ImmutableArray<PowerMethodResult> Methods,
    int Runs,
    ulong Seed,
    string EngineVersion);

/// <summary>One method's answer.</summary>
/// <param name="Reason">Stable code of why it has none, and then all else is null; null otherwise.</param>
/// <param name="Variants">Units of each at most; empty where days were asked about.</param>
/// <param name="UnitsPerVariant">Of the largest variant, as the horizon counts them.</param>
/// <param name="Units">Over all variants.</param>
/// <param name="Days">Until they are mature, at the end of a look's cadence; null without traffic.</param>
/// <param name="MeanUnits">When a decision falls on average if the effect is there.</param>
/// <param name="MeanDays">Until then; null without traffic.</param>
/// <param name="BelowMinSample">Fewer units than the rule's minimum sample are needed: the rule waits for it all the same.</param>
/// <param name="WithinHorizon">The rule's horizon leaves room for it; without traffic only its units count.</param>
/// <param name="Mde">The smallest effect that is found; null where an effect was asked about.</param>
/// <param name="SimulatedPower">At these units; null where it is calculated.</param>
/// <param name="FalsePositiveRate">Of this method up to these units, when nothing differs; null for methods that spend exactly alpha.</param>
public sealed record PowerMethodResult(
    string Method,
    string? Reason,
    ImmutableArray<VariantUnitsResult> Variants,
    long? UnitsPerVariant,
    long? Units,
    double? Days,
    double? MeanUnits,
    double? MeanDays,
    bool? BelowMinSample,
    bool? WithinHorizon,
    double? Mde,
    RateResult? SimulatedPower,
    RateResult? FalsePositiveRate);

public sealed record VariantUnitsResult(string Variant, long Units);
