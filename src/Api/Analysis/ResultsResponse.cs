using Splitstream.Api.Json;

namespace Splitstream.Api.Analysis;

/// <summary>A snapshot: the immutable result of one look. Null stands for what could not be computed.</summary>
/// <param name="InputHash">SHA-256, in hex, of what it was computed from.</param>
/// <param name="ViewCount">How often snapshots of this experiment were read, this time included.</param>
/// <param name="LookNumber">1 for the first look; null for an advisory snapshot.</param>
/// <param name="LateEventCount">Counted events and exposures that arrived 7 to 30 days late.</param>
/// <param name="Mutex">Absent without a mutex group.</param>
/// <param name="Health">Signs that something is wrong, shown only; absent in snapshots from before there was such a report.</param>
public sealed record ResultsResponse(
    string Experiment,
    string SnapshotId,
    DateTime TakenAt,
    string InputHash,
    long ViewCount,
    int? LookNumber,
    long LateEventCount,
    bool WeightsChanged,
    SrmResponse Srm,
    DecisionResponse Decision,
    IReadOnlyList<MetricResultResponse> Metrics,
    MutexResponse? Mutex = null,
    ExperimentHealthResponse? Health = null);

/// <summary>Signs that something is wrong with an experiment or with a reading of it. None of it decides.</summary>
/// <param name="Warnings">
/// What deserves a look: <c>exclusions</c>, <c>sample_ratio_by_day</c>, <c>sample_ratio_by_segment</c>, <c>novelty</c>, <c>balance</c>, <c>outlier</c>, <c>no_exposures</c>,
/// <c>no_events</c>.
/// </param>
/// <param name="Exclusions">Rates by reason and variant; the primary metric with and without the excluded units.</param>
/// <param name="SampleRatioByDay">By day of first exposure, with the first day that is off.</param>
/// <param name="Novelty">Effect on the primary metric by day of first exposure, and by day since it, with their trends.</param>
/// <param name="Histories">New and returning units apart.</param>
/// <param name="Balance">Covariates of the time before, variant against control.</param>
/// <param name="Outliers">The largest unit of each variant, and the effect without it where it is an outlier.</param>
/// <param name="Late">Items that arrived 7 to 30 days late, by variant.</param>
/// <param name="Activity">What arrived in the last 24 hours; absent unless running.</param>
/// <param name="Remaining">Days until the planned effect can be detected; absent without a plan's <c>mde</c>.</param>
/// <param name="Segments">Exploratory effects by attribute of the first exposure, corrected apart; absent without attributes.</param>
public sealed record ExperimentHealthResponse(
    IReadOnlyList<string> Warnings,
    RawJson Exclusions,
    RawJson SampleRatioByDay,
    RawJson Novelty,
    RawJson Histories,
    RawJson Balance,
    RawJson Outliers,
    RawJson Late,
    RawJson? Activity = null,
    RawJson? Remaining = null,
    RawJson? Segments = null);

/// <summary>How the units of the experiment's mutex group are divided: an experiment that joined late only got units that nobody held.</summary>
/// <param name="Units">Units that ever held a claim in the group; units that were refused leave no trace.</param>
/// <param name="ClaimedAtStart">Units that others held when this experiment was first started.</param>
/// <param name="ShareClaimedAtStart">These over all units of the group.</param>
/// <param name="ClaimedByOthers">Units that others hold at the snapshot.</param>
/// <param name="Claimed">Units that this experiment holds at the snapshot.</param>
/// <param name="ShareClaimedByOthers">Of the units held at the snapshot, the share of others.</param>
public sealed record MutexResponse(
    string Group,
    long Units,
    long ClaimedAtStart,
    double? ShareClaimedAtStart,
    long ClaimedByOthers,
    long Claimed,
    double? ShareClaimedByOthers);

/// <summary>Whether observed counts match the planned allocation, over all epochs.</summary>
/// <param name="Observed">Variant key to analysed units.</param>
/// <param name="Expected">Variant key to expected units; summed over epochs, for display only.</param>
/// <param name="Alarm">The sequential test's verdict; its decision is then inconclusive.</param>
public sealed record SrmResponse(
    IReadOnlyDictionary<string, long> Observed,
    IReadOnlyDictionary<string, double> Expected,
    double? ChiSquared,
    int DegreesOfFreedom,
    double? PValue,
    bool Alarm,
    RawJson EProcess);

/// <summary>What the rule says.</summary>
/// <param name="Status"><c>keep_running</c>, <c>ship</c>, <c>roll_back</c>, <c>drop</c> or <c>inconclusive</c>.</param>
/// <param name="DecidedBy"><c>rule</c> or <c>person</c>.</param>
public sealed record DecisionResponse(string Status, string? Variant, string Reason, string DecidedBy, RawJson Rule, RawJson Certificate);

/// <summary>One metric.</summary>
/// <param name="Role"><c>primary</c>, <c>secondary</c> or <c>guardrail</c>.</param>
/// <param name="Cap">What a relative cap came to; absent for other metrics.</param>
/// <param name="Quantile">Which quantile; absent for other types.</param>
public sealed record MetricResultResponse(
    string Metric,
    string Role,
    string Type,
    IReadOnlyList<VariantResultResponse> Variants,
    IReadOnlyList<ComparisonResponse> Comparisons,
    double? Cap = null,
    double? Quantile = null);

/// <summary>One variant under one metric.</summary>
/// <param name="Sum">Of the units' values; of numerators for ratios, and over events for quantiles.</param>
/// <param name="Mean">Sum over units, or over the denominator for ratios; the quantile for quantiles.</param>
/// <param name="CredibleInterval">Lower and upper end at 95 %.</param>
/// <param name="Denominator">Sum of a ratio's denominators; absent for other types.</param>
/// <param name="UncappedSum">The sum before a relative cap; absent for other metrics.</param>
public sealed record VariantResultResponse(
    string Variant,
    long Units,
    double Sum,
    double? Mean,
    double? StandardDeviation,
    IReadOnlyList<double>? CredibleInterval,
    double? Denominator = null,
    double? UncappedSum = null);

/// <summary>One variant against control under one metric. Intervals are on the absolute effect at 95 %.</summary>
/// <param name="PValue">Pooled z for conversions, Welch for means, z for ratios, quantiles and conversions with a covariate.</param>
/// <param name="ConfidenceInterval">Unpooled.</param>
/// <param name="Adjustment">What the covariate did; absent without one. With one, all other figures are adjusted.</param>
public sealed record ComparisonResponse(
    string Variant,
    string Control,
    double? Effect,
    double? Lift,
    double? ProbabilityBetter,
    double? ProbabilityBest,
    double? ExpectedLoss,
    IReadOnlyList<double>? CredibleInterval,
    IReadOnlyList<double>? ConfidenceInterval,
    double? PValue,
    double? PValueAdjusted,
    double? AlwaysValidPValue,
    double? EValue,
    IReadOnlyList<double>? ConfidenceSequence,
    AdjustmentResponse? Adjustment = null);

/// <summary>A comparison without its covariate, which decides nothing.</summary>
/// <param name="LookbackDays">Days that the covariate looked at.</param>
/// <param name="VarianceReduction">Share of the effect's variance that the covariate took away.</param>
public sealed record AdjustmentResponse(
    int LookbackDays,
    double? VarianceReduction,
    double? Effect,
    double? StandardError,
    double? Lift,
    double? PValue,
    IReadOnlyList<double>? ConfidenceInterval);
