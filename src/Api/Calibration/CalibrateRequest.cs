using System.Text.Json;
using System.Text.Json.Serialization;
using Splitstream.Api.Experiments;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Api.Calibration;

/// <summary>A planned experiment: the fields of a new one, all optional, and how its metric is simulated. Unknown fields are refused.</summary>
/// <param name="Variants">Two at equal weights when absent.</param>
/// <param name="PrimaryMetric">Key of a metric; without one a metric that the plan's baseline describes.</param>
/// <param name="WindowHours">Window of the metric that the baseline describes: how long outcomes take to mature; 0 when absent.</param>
/// <param name="DecisionRule">Fields that are absent have their defaults. The plan's missing values are estimated from stored events.</param>
/// <param name="Runs">Simulated experiments per null hypothesis, 1,000 to 1,000,000; below 200,000 nothing is calibrated. Default
/// 200,000, of history 20,000.</param>
/// <param name="Seed">0 to 2^53; the same seed gives the same certificate.</param>
/// <param name="FromEvents">Real units in place of a plan; needs primaryMetric, and looks at no guardrail.</param>
public sealed record CalibrateRequest(
    string? Key,
    string? Name,
    string? Hypothesis,
    string? UnitType,
    IReadOnlyList<VariantRequest>? Variants,
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
    IReadOnlyList<string>? Segments,
    double? WindowHours,
    int? Runs,
    long? Seed,
    FromEventsRequest? FromEvents);

/// <summary>Asks how often the rule acts falsely on the customer's own units, dealt to the variants at random again and again.</summary>
/// <param name="Days">How far back, 1 to 90; default 14.</param>
public sealed record FromEventsRequest(int? Days);
