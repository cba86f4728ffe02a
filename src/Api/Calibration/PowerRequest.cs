using Splitstream.Api.Experiments;

namespace Splitstream.Api.Calibration;

/// <summary>An effect to find, or days to find one in. Unknown fields are refused.</summary>
/// <param name="Baseline">What control is expected to show; required.</param>
/// <param name="Mde">Smallest absolute effect worth finding; asks how many units that takes. Without it days and unitsPerDay are required.</param>
/// <param name="Alpha">Two-sided, in (0, 0.5); default that of the decision rule, 0.05.</param>
/// <param name="Power">Above alpha / 2, below 1; default 0.8.</param>
/// <param name="Variants">Two at equal weights when absent.</param>
/// <param name="UnitsPerDay">New analysed units over all variants; positive.</param>
/// <param name="Days">Above 0, at most 3,650; asks which effect is found by then.</param>
/// <param name="WindowHours">How long outcomes take to mature; 0 when absent.</param>
/// <param name="DecisionRule">Cadence, threshold, minimum sample and horizon; fields that are absent have their defaults.</param>
public sealed record PowerRequest(
    BaselineRequest? Baseline,
    double? Mde,
    double? Alpha,
    double? Power,
    IReadOnlyList<VariantRequest>? Variants,
    double? UnitsPerDay,
    double? Days,
    double? WindowHours,
    DecisionRuleRequest? DecisionRule);
