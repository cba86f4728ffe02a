using System.Text.Json;
using System.Text.Json.Serialization;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Api.Experiments;

/// <summary>A new experiment, created as a draft. Unknown fields are refused.</summary>
/// <param name="Key">Matches <c>^[A-Za-z0-9][A-Za-z0-9 ,._:-]{0,99}$</c>; never reused.</param>
/// <param name="Hypothesis">10 to 2,000 characters.</param>
/// <param name="UnitType">What is randomised; <c>user</c> when absent.</param>
/// <param name="Variants">2 to 20; the first is the control when none says so.</param>
/// <param name="Traffic">Share of eligible units admitted, in [0, 1]; 1 when absent.</param>
/// <param name="Targeting">A targeting rule; absent or null admits all.</param>
/// <param name="MutexGroup">Key of a mutex group.</param>
/// <param name="Layer">Not available yet: anything but null is refused.</param>
/// <param name="Holdouts">Not available yet: anything but an empty list is refused.</param>
/// <param name="PrimaryMetric">Key of the metric that decides.</param>
/// <param name="SecondaryMetrics">Keys of metrics that are reported.</param>
/// <param name="Guardrails">Keys of metrics that must not get worse.</param>
/// <param name="Assignment"><c>server</c> when absent.</param>
/// <param name="DecisionRule">Fields that are absent have their defaults.</param>
/// <param name="Overrides">Unit id to variant key, for quality assurance; never analysed.</param>
/// <param name="Segments">Up to 10 attributes of exposures whose values are reported apart, for exploration; <c>sdk</c> is what sent them.</param>
public sealed record CreateExperimentRequest(
    string Key,
    string Name,
    string Hypothesis,
    string? UnitType,
    IReadOnlyList<VariantRequest> Variants,
    double? Traffic,
    JsonElement? Targeting,
    string? MutexGroup,
    string? Layer,
    IReadOnlyList<string>? Holdouts,
    string? PrimaryMetric,
    IReadOnlyList<string>? SecondaryMetrics,
    IReadOnlyList<string>? Guardrails,
    [property: JsonConverter(typeof(SnakeCaseEnum<AssignmentMode>))] AssignmentMode? Assignment,
    DecisionRuleRequest? DecisionRule,
    IReadOnlyDictionary<string, string>? Overrides,
    IReadOnlyList<string>? Segments);

/// <summary>One variant of a new experiment, or its changes by key.</summary>
/// <param name="Weight">Share of new units relative to the sum of all weights; zero or more. Required for a new variant.</param>
/// <param name="Payload">Any JSON, handed to clients as it is; at most 16,384 characters.</param>
/// <param name="IsControl">True for exactly one variant.</param>
public sealed record VariantRequest(string Key, double? Weight, JsonElement? Payload, bool? IsControl);

/// <summary>A merge patch of an experiment: absent fields stay as they are. Unknown fields are refused.</summary>
/// <param name="Variants">Merged by key; an unknown key appends a variant, in a draft only.</param>
/// <param name="Targeting">Null clears it.</param>
/// <param name="MutexGroup">Null clears it.</param>
/// <param name="Layer">Not available yet: anything but null is refused.</param>
/// <param name="Holdouts">Not available yet: anything but an empty list is refused.</param>
/// <param name="PrimaryMetric">Null clears it.</param>
/// <param name="DecisionRule">Fields that are absent keep their values.</param>
/// <param name="Overrides">Replaces all overrides.</param>
/// <param name="Segments">Replaces all segments; needs no confirmation.</param>
/// <param name="Confirm">True accepts an edit that opens an epoch or a protocol version.</param>
public sealed record EditExperimentRequest(
    string? Name,
    string? Hypothesis,
    IReadOnlyList<VariantRequest>? Variants,
    double? Traffic,
    JsonElement? Targeting,
    string? MutexGroup,
    string? Layer,
    IReadOnlyList<string>? Holdouts,
    string? PrimaryMetric,
    IReadOnlyList<string>? SecondaryMetrics,
    IReadOnlyList<string>? Guardrails,
    DecisionRuleRequest? DecisionRule,
    IReadOnlyDictionary<string, string>? Overrides,
    IReadOnlyList<string>? Segments,
    bool? Confirm);

/// <summary>How evidence becomes a decision. Unknown fields are refused.</summary>
/// <param name="PosteriorThreshold">In (0.5, 1); default 0.995.</param>
/// <param name="Alpha">In (0, 0.5); default 0.05.</param>
/// <param name="MinSample">Matured units needed in every variant; 1 or more, default 20,000.</param>
/// <param name="MinDays">Days before any decision; 0 to 3,650, default 7.</param>
/// <param name="CadenceMinutes">Minutes between looks; 5 to 525,600, default 240.</param>
/// <param name="GuardrailAlpha">In (0, 0.5); default 0.05.</param>
/// <param name="Prior">Absent or null for none: Beta(1, 1) for conversions, flat on the effect for others.</param>
public sealed record DecisionRuleRequest(
    [property: JsonConverter(typeof(SnakeCaseEnum<DecisionMethod>))] DecisionMethod? Method,
    double? PosteriorThreshold,
    double? Alpha,
    long? MinSample,
    int? MinDays,
    int? CadenceMinutes,
    HorizonRequest? Horizon,
    [property: JsonConverter(typeof(SnakeCaseEnum<AlphaSpending>))] AlphaSpending? Spending,
    [property: JsonConverter(typeof(SnakeCaseEnum<PrimaryCorrection>))] PrimaryCorrection? Correction,
    double? GuardrailAlpha,
    PlanRequest? Plan,
    PriorRequest? Prior);

/// <summary>A normal prior on the primary metric's lift, wherever its posterior is normal.</summary>
/// <param name="Mean">Relative to control: 0.02 is 2 % more.</param>
/// <param name="Sd">Standard deviation; positive.</param>
public sealed record PriorRequest(double Mean, double Sd);

/// <summary>When the rule stops deciding, whichever comes first.</summary>
/// <param name="Days">1 to 3,650; default 28.</param>
/// <param name="UnitsPerVariant">At least minSample; default 56,000.</param>
public sealed record HorizonRequest(int? Days, long? UnitsPerVariant);

/// <summary>What the owner expects.</summary>
/// <param name="UnitsPerDay">New analysed units a day over all variants; positive.</param>
/// <param name="Mde">Smallest absolute effect worth finding; positive.</param>
public sealed record PlanRequest(double? UnitsPerDay, BaselineRequest? Baseline, double? Mde);

/// <summary>What control is expected to show: a rate, or a mean with its variance.</summary>
/// <param name="Rate">In (0, 1); for conversions.</param>
/// <param name="Mean">For other metrics.</param>
/// <param name="Variance">Of one unit's value; positive.</param>
public sealed record BaselineRequest(double? Rate, double? Mean, double? Variance);

/// <summary>How to stop an experiment. Unknown fields are refused.</summary>
/// <param name="Winner">The variant that everybody gets from now on; absent for none.</param>
public sealed record StopRequest(string? Winner);
