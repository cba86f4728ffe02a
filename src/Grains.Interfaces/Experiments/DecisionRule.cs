using System.Text.Json.Serialization;
using Orleans;

namespace Splitstream.Grains.Interfaces.Experiments;

/// <summary>How evidence becomes a decision. Part of the protocol: a change after the start opens a protocol version.</summary>
public enum DecisionMethod
{
    Posterior,
    AlwaysValid,
    GroupSequential,
    FixedHorizon,
}

/// <summary>How group-sequential looks spend alpha.</summary>
public enum AlphaSpending
{
    ObrienFleming,
    Pocock,
}

/// <summary>Correction over the treatments for the primary metric.</summary>
public enum PrimaryCorrection
{
    Holm,
    None,
}

/// <summary>The decision rule of an experiment, as <c>analysis.md</c> defines it.</summary>
/// <param name="Method">Default <see cref="DecisionMethod.Posterior"/>; imports default to <see cref="DecisionMethod.FixedHorizon"/>.</param>
/// <param name="PosteriorThreshold">P(better) above which a variant wins, in (0.5, 1).</param>
/// <param name="Alpha">Error rate of the frequentist methods, in (0, 0.5).</param>
/// <param name="MinSample">Matured analysed units needed in every variant with positive weight, control included; 1 or more.</param>
/// <param name="MinDays">Days since the start before any decision; zero or more.</param>
/// <param name="CadenceMinutes">Minutes between looks; 5 or more.</param>
/// <param name="HorizonDays">No ship or roll back by the rule after this many days; 1 or more.</param>
/// <param name="HorizonUnitsPerVariant">Nor after this many matured units in the largest variant; at least <paramref name="MinSample"/>.</param>
/// <param name="Spending">Used by <see cref="DecisionMethod.GroupSequential"/> only.</param>
/// <param name="Correction">Over the treatments, for the primary metric.</param>
/// <param name="GuardrailAlpha">Shared by all harm tests, in (0, 0.5).</param>
/// <param name="Plan">What the owner expects; null when nothing was stated.</param>
/// <param name="Prior">
/// What is believed of the primary metric's lift before the data, wherever its posterior is normal; null for nothing, a flat prior on the
/// effect. Conversions without a covariate have Beta(1, 1) in any case.
/// </param>
[GenerateSerializer, Alias("splitstream.decision-rule")]
public sealed record DecisionRule(
    [property: Id(0)] DecisionMethod Method,
    [property: Id(1)] double PosteriorThreshold,
    [property: Id(2)] double Alpha,
    [property: Id(3)] long MinSample,
    [property: Id(4)] int MinDays,
    [property: Id(5)] int CadenceMinutes,
    [property: Id(6)] int HorizonDays,
    [property: Id(7)] long HorizonUnitsPerVariant,
    [property: Id(8)] AlphaSpending Spending,
    [property: Id(9)] PrimaryCorrection Correction,
    [property: Id(10)] double GuardrailAlpha,
    [property: Id(11)] DecisionPlan? Plan,
    [property: Id(12), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LiftPrior? Prior = null)
{
    /// <summary>The tuple whose error rate the documentation states.</summary>
    public static DecisionRule Default { get; } = new(
        DecisionMethod.Posterior, 0.995, 0.05, 20_000, 7, 240, 28, 56_000, AlphaSpending.ObrienFleming, PrimaryCorrection.Holm, 0.05, null);
}

/// <summary>A normal belief about a relative effect.</summary>
/// <param name="Mean">A fraction of control; finite.</param>
/// <param name="StandardDeviation">Above 0 and finite.</param>
[GenerateSerializer, Alias("splitstream.lift-prior")]
public sealed record LiftPrior([property: Id(0)] double Mean, [property: Id(1)] double StandardDeviation);

/// <summary>Expected traffic and effect, the inputs of power and certificates.</summary>
/// <param name="UnitsPerDay">New analysed units a day over all variants; positive.</param>
/// <param name="BaselineRate">Expected conversion rate of control in (0, 1); null for other metrics.</param>
/// <param name="BaselineMean">Expected mean of control; null for conversions.</param>
/// <param name="BaselineVariance">Expected variance of one unit's value, positive; null for conversions.</param>
/// <param name="Mde">Smallest absolute effect worth finding; positive.</param>
[GenerateSerializer, Alias("splitstream.decision-plan")]
public sealed record DecisionPlan(
    [property: Id(0)] double? UnitsPerDay,
    [property: Id(1)] double? BaselineRate,
    [property: Id(2)] double? BaselineMean,
    [property: Id(3)] double? BaselineVariance,
    [property: Id(4)] double? Mde);
