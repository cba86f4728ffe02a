using System.Text.Json.Serialization;
using Splitstream.Api.Json;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Api.Experiments;

/// <summary>One experiment as committed.</summary>
/// <param name="Version">Grows by one with every change; also the ETag.</param>
/// <param name="BucketingSeed">32 random bytes in hex, never changed.</param>
/// <param name="Epochs">Oldest first; the last one is in force while running. Empty before the start.</param>
/// <param name="WeightsChanged">Whether weights or traffic were edited after the start.</param>
/// <param name="ProtocolVersion">1 at the start; grows when what decides is changed afterwards.</param>
/// <param name="Winner">The variant that a stop chose for everybody.</param>
public sealed record ExperimentResponse(
    string Key,
    string Name,
    string Hypothesis,
    string UnitType,
    IReadOnlyList<VariantResponse> Variants,
    double Traffic,
    RawJson Targeting,
    string? MutexGroup,
    string? Layer,
    IReadOnlyList<string> Holdouts,
    string? PrimaryMetric,
    IReadOnlyList<string> SecondaryMetrics,
    IReadOnlyList<string> Guardrails,
    [property: JsonConverter(typeof(SnakeCaseEnum<AssignmentMode>))] AssignmentMode Assignment,
    DecisionRuleResponse DecisionRule,
    IReadOnlyDictionary<string, string> Overrides,
    [property: JsonConverter(typeof(SnakeCaseEnum<ExperimentStatus>))] ExperimentStatus Status,
    long Version,
    string BucketingSeed,
    IReadOnlyList<EpochResponse> Epochs,
    DateTime CreatedAt,
    DateTime? StartedAt,
    DateTime? StoppedAt,
    bool WeightsChanged,
    int ProtocolVersion,
    bool ProtocolChanged,
    string? Winner,
    IReadOnlyList<string> Segments)
{
    /// <summary>The answer for a committed experiment.</summary>
    internal static ExperimentResponse From(ExperimentState state)
    {
        ExperimentDefinition definition = state.Definition;
        return new ExperimentResponse(
            definition.Key,
            definition.Name,
            definition.Hypothesis,
            definition.UnitType,
            [.. definition.Variants.Select(VariantResponse.From)],
            definition.Traffic,
            new RawJson(definition.TargetingJson),
            definition.MutexGroup,
            Layer: null,
            Holdouts: [],
            definition.PrimaryMetric,
            definition.SecondaryMetrics,
            definition.Guardrails,
            definition.Assignment,
            DecisionRuleResponse.From(definition.Rule),
            definition.Overrides,
            state.Status,
            state.Version,
            state.BucketingSeed,
            [.. state.Epochs.Select(epoch => EpochResponse.From(epoch, definition))],
            state.CreatedAt.UtcDateTime,
            state.StartedAt?.UtcDateTime,
            state.StoppedAt?.UtcDateTime,
            state.WeightsChanged,
            state.ProtocolVersion,
            state.ProtocolChanged,
            state.Winner,
            definition.Segments);
    }
}

/// <summary>A page of experiments in the order of their keys.</summary>
/// <param name="NextCursor">Null on the last page.</param>
public sealed record ExperimentListResponse(IReadOnlyList<ExperimentResponse> Items, string? NextCursor);

/// <summary>One variant.</summary>
public sealed record VariantResponse(string Key, double Weight, RawJson Payload, bool IsControl)
{
    internal static VariantResponse From(Variant variant) => new(variant.Key, variant.Weight, new RawJson(variant.PayloadJson), variant.IsControl);
}

/// <summary>A stretch of an experiment between changes of weights, traffic or targeting.</summary>
/// <param name="Number">1 for the first.</param>
/// <param name="ClosedAt">Null while in force.</param>
/// <param name="Weights">Variant key to weight.</param>
public sealed record EpochResponse(
    int Number, DateTime OpenedAt, DateTime? ClosedAt, IReadOnlyDictionary<string, double> Weights, double Traffic, RawJson Targeting)
{
    internal static EpochResponse From(Epoch epoch, ExperimentDefinition definition) => new(
        epoch.Number,
        epoch.OpenedAt.UtcDateTime,
        epoch.ClosedAt?.UtcDateTime,

        // Variants are only ever appended, so that an old epoch may know fewer than there are now.
        definition.Variants.Zip(epoch.Weights).ToDictionary(pair => pair.First.Key, pair => pair.Second, StringComparer.Ordinal),
        epoch.Traffic,
        new RawJson(epoch.TargetingJson));
}

/// <summary>The decision rule in force, every field stated.</summary>
/// <param name="Plan">Null when nothing was stated.</param>
/// <param name="Prior">Absent when none was stated.</param>
public sealed record DecisionRuleResponse(
    [property: JsonConverter(typeof(SnakeCaseEnum<DecisionMethod>))] DecisionMethod Method,
    double PosteriorThreshold,
    double Alpha,
    long MinSample,
    int MinDays,
    int CadenceMinutes,
    HorizonResponse Horizon,
    [property: JsonConverter(typeof(SnakeCaseEnum<AlphaSpending>))] AlphaSpending Spending,
    [property: JsonConverter(typeof(SnakeCaseEnum<PrimaryCorrection>))] PrimaryCorrection Correction,
    double GuardrailAlpha,
    PlanResponse? Plan,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PriorResponse? Prior = null)
{
    internal static DecisionRuleResponse From(DecisionRule rule) => new(
        rule.Method,
        rule.PosteriorThreshold,
        rule.Alpha,
        rule.MinSample,
        rule.MinDays,
        rule.CadenceMinutes,
        new HorizonResponse(rule.HorizonDays, rule.HorizonUnitsPerVariant),
        rule.Spending,
        rule.Correction,
        rule.GuardrailAlpha,
        rule.Plan is { } plan
            ? new PlanResponse(
                plan.UnitsPerDay,
                plan is { BaselineRate: null, BaselineMean: null, BaselineVariance: null }
                    ? null
                    : new BaselineResponse(plan.BaselineRate, plan.BaselineMean, plan.BaselineVariance),
                plan.Mde)
            : null,
        rule.Prior is { } prior ? new PriorResponse(prior.Mean, prior.StandardDeviation) : null);
}

/// <summary>A normal prior on the lift.</summary>
/// <param name="Sd">Standard deviation.</param>
public sealed record PriorResponse(double Mean, double Sd);

/// <summary>When the rule stops deciding, whichever comes first.</summary>
public sealed record HorizonResponse(int Days, long UnitsPerVariant);

/// <summary>What the owner expects; null where nothing was stated.</summary>
public sealed record PlanResponse(double? UnitsPerDay, BaselineResponse? Baseline, double? Mde);

/// <summary>What control is expected to show.</summary>
public sealed record BaselineResponse(double? Rate, double? Mean, double? Variance);
