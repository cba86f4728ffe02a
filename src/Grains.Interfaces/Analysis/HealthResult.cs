using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>Signs that something is wrong with an experiment or with a reading of it. Shown only: none of it decides.</summary>
/// <param name="Warnings">
/// Stable codes of what deserves a look, in this order: <c>exclusions</c>, <c>sample_ratio_by_day</c>,
/// <c>sample_ratio_by_segment</c>, <c>novelty</c>, <c>balance</c>, <c>outlier</c>, <c>no_exposures</c>, <c>no_events</c>.
/// </param>
/// <param name="Exclusions">Who was taken out, and what that does to the primary metric.</param>
/// <param name="SampleRatioByDay">The sample ratio by day of first exposure.</param>
/// <param name="Novelty">
/// Whether the effect on the primary metric changes with the day of first exposure, and with the day since it; null without a primary
/// metric.
/// </param>
/// <param name="Histories">
/// New and returning units apart: those without and with any event in the look-back. Empty without a look-back, for ratios, for quantiles
/// without a covariate, for external experiments, and where raw rows that it needs are no longer retained.
/// </param>
/// <param name="Balance">Covariates of the time before, which no variant can have moved.</param>
/// <param name="Outliers">The largest unit of each variant.</param>
/// <param name="Late">Items that arrived 7 to 30 days late, by variant.</param>
/// <param name="Activity">Signs of life; null unless the experiment was running.</param>
/// <param name="Remaining">How long until the planned effect can be seen; null without a plan's <c>mde</c>, and for imports.</param>
/// <param name="Segments">By attribute of the first exposure; null, and not written, without any.</param>
public sealed record HealthResult(
    ImmutableArray<string> Warnings,
    ExclusionHealth Exclusions,
    SampleRatioByDay SampleRatioByDay,
    NoveltyResult? Novelty,
    ImmutableArray<HistoryEffects> Histories,
    ImmutableArray<BalanceResult> Balance,
    ImmutableArray<OutlierResult> Outliers,
    ImmutableArray<LateResult> Late,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ActivityResult? Activity,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RemainingResult? Remaining,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableArray<SegmentResult>? Segments = null);

/// <summary>Units told apart by an attribute that they had at their first exposure, so that no variant can have moved them between values.</summary>
/// <param name="Exploratory">Always true: whoever looks at many segments finds some that differ.</param>
/// <param name="Values">The twenty that most units have, the rest as one, and units that did not say.</param>
/// <param name="Heterogeneity">Per treatment, whether its effect differs between values at all.</param>
public sealed record SegmentResult(
    string Attribute,
    bool Exploratory,
    ImmutableArray<SegmentValueResult> Values,
    ImmutableArray<HeterogeneityReport> Heterogeneity);

/// <param name="Value">Null for units that did not say, and for the rest.</param>
/// <param name="IsOther">True for the rest: all values after the first twenty.</param>
/// <param name="Observed">Analysed units.</param>
/// <param name="SampleRatioPValue">Chi-square against the weights; null when there is no test.</param>
/// <param name="LogBayesFactor">Of the e-process over these units alone, natural logarithm.</param>
/// <param name="SampleRatioIsOff">The p-value is below 0.001 over the number of values.</param>
/// <param name="Comparisons">Of the primary metric over matured units; without figures for ratios and quantiles.</param>
public sealed record SegmentValueResult(
    string? Value,
    bool IsOther,
    VariantNumbers Observed,
    double? SampleRatioPValue,
    double? LogBayesFactor,
    bool SampleRatioIsOff,
    ImmutableArray<SegmentComparison> Comparisons);

/// <param name="PValueAdjusted">Benjamini-Hochberg over all values of all attributes and all treatments, apart from everything else.</param>
public sealed record SegmentComparison(EffectResult Effect, double? PValueAdjusted);

/// <param name="Q">Cochran's Q over values with a test.</param>
/// <param name="PValue">Upper tail of chi-square.</param>
/// <param name="Reason">Why there is no test; null when there is one.</param>
public sealed record HeterogeneityReport(string Variant, double? Q, int? DegreesOfFreedom, double? PValue, string? Reason);

/// <param name="Reasons">By reason, in the order of their codes.</param>
/// <param name="UnitsWithOutcome">Excluded units that have a row, whose outcomes are known.</param>
/// <param name="Without">
/// The primary metric as it is analysed, over matured units, without covariate and relative cap, to be compared with the next; empty without
/// excluded units of known outcome.
/// </param>
/// <param name="With">The same with the excluded units counted under the variant of their row.</param>
public sealed record ExclusionHealth(
    ImmutableArray<ExclusionReason> Reasons,
    long UnitsWithOutcome,
    ImmutableArray<EffectResult> Without,
    ImmutableArray<EffectResult> With);

/// <param name="Units">Excluded units by variant.</param>
/// <param name="Rates">Of the variant's excluded and analysed units together; 0 without units.</param>
public sealed record ExclusionReason(string Reason, VariantNumbers Units, VariantNumbers Rates);

/// <summary>One variant against control in a part of the units, stratified by epoch.</summary>
/// <param name="Effect">Treatment minus control; null without two units of both in one epoch.</param>
/// <param name="PValue">Two-sided, Welch; not corrected.</param>
/// <param name="ConfidenceInterval">95 %.</param>
/// <param name="Reason">Why there is no p-value; null when there is one.</param>
public sealed record EffectResult(
    string Variant,
    string Control,
    long ControlUnits,
    long TreatmentUnits,
    double? Effect,
    double? StandardError,
    double? PValue,
    Interval? ConfidenceInterval,
    string? Reason);

/// <param name="CohortDays">Days that a row spans.</param>
/// <param name="StartsAt">First row that is off by itself: p below 0.001 over the number of rows. Null when none is.</param>
/// <param name="Days">Oldest first; days without units have no row.</param>
public sealed record SampleRatioByDay(int CohortDays, DateTimeOffset? StartsAt, ImmutableArray<SampleRatioDay> Days);

/// <param name="Observed">Analysed units first exposed then.</param>
/// <param name="PValue">Chi-square against the weights of their epochs; null when there is no test.</param>
/// <param name="LogBayesFactor">Of the e-process over these units alone, natural logarithm.</param>
public sealed record SampleRatioDay(DateTimeOffset From, VariantNumbers Observed, double? PValue, double? LogBayesFactor);

/// <param name="CohortDays">Days that a cohort spans.</param>
/// <param name="Reason">Why there are no cohorts: <c>metric_type</c> for ratios and quantiles; null when there may be.</param>
/// <param name="Trends">One per treatment.</param>
/// <param name="Cohorts">Effect among the matured units first exposed in each; oldest first.</param>
/// <param name="SinceExposure">
/// The effect by day since first exposure; null, and not written, for ratios, quantiles, retention, windows shorter than two days, external
/// experiments, and where raw rows are no longer retained.
/// </param>
public sealed record NoveltyResult(
    string Metric,
    int CohortDays,
    string? Reason,
    ImmutableArray<TrendResult> Trends,
    ImmutableArray<CohortEffects> Cohorts,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SinceExposureResult? SinceExposure = null);

/// <summary>
/// What units did on each day since their first exposure, treatment against control: whether there was a matching event on that day, how
/// many, or their sum. No cap applies to a day. It raises no warning: where a unit does a thing only once, a lasting effect is gone after
/// the first days as well.
/// </summary>
/// <param name="UnitsRead">Analysed units that this was read of: all up to 50,000, else a sample by the hash of their ids.</param>
/// <param name="Days">
/// From day 0 on, 14 at most, over the units whose day is over. Later days are of units that were exposed earlier, and the same units are
/// in several days, so that these are not independent.
/// </param>
/// <param name="Trends">
/// Per treatment the change of the effect per day: the difference of the mean slopes of lines through each unit's days. Over units whose
/// days are all over, each of which counts once.
/// </param>
public sealed record SinceExposureResult(long UnitsRead, ImmutableArray<DayEffects> Days, ImmutableArray<EffectResult> Trends);

/// <param name="Day">0 for the 24 hours from the first exposure on.</param>
public sealed record DayEffects(int Day, ImmutableArray<EffectResult> Comparisons);

public sealed record CohortEffects(DateTimeOffset From, ImmutableArray<EffectResult> Comparisons);

/// <param name="Slope">Change of the effect for every day that the first exposure is later, in units of the metric; null below three cohorts.</param>
/// <param name="PValue">Two-sided, by the normal distribution.</param>
/// <param name="Cohorts">Cohorts with two units of both variants.</param>
public sealed record TrendResult(string Variant, double? Slope, double? StandardError, double? PValue, int Cohorts);

/// <param name="IsReturning">Whether the units had any event in the look-back.</param>
/// <param name="UnitsRead">
/// Analysed units that were told apart, mature or not: all up to 50,000, else a sample by the hash of their ids. Null, and not written,
/// where all units are whatever their number, which is so for metrics with a covariate.
/// </param>
public sealed record HistoryEffects(
    bool IsReturning,
    int LookbackDays,
    ImmutableArray<EffectResult> Comparisons,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? UnitsRead = null);

/// <summary>The covariate of a metric, one treatment against control.</summary>
/// <param name="StandardisedDifference">In standard deviations of the covariate.</param>
/// <param name="PValue">Two-sided, Welch.</param>
/// <param name="IsNotable">Beyond a tenth of a standard deviation, or p below 0.001.</param>
/// <param name="Reason">Why there is no test, as for a covariate that does not vary; null when there is one.</param>
public sealed record BalanceResult(
    string Metric,
    string Variant,
    string Control,
    double? ControlMean,
    double? TreatmentMean,
    double? StandardisedDifference,
    double? PValue,
    bool IsNotable,
    string? Reason);

/// <summary>What one unit does to a metric.</summary>
/// <param name="Value">Of the unit with the largest magnitude in the variant.</param>
/// <param name="ShareOfSum">Its value over the variant's sum; null when that is 0.</param>
/// <param name="ShareOfVariance">Its squared deviation from the mean over the sum of all units'; null when nothing varies.</param>
/// <param name="IsOutlier">True when it carries more than a tenth of the variance of at least a hundred units.</param>
/// <param name="Without">For outliers, the metric without that unit: the comparisons that it is part of. Empty for others.</param>
public sealed record OutlierResult(
    string Metric, string Variant, double Value, double? ShareOfSum, double? ShareOfVariance, bool IsOutlier, ImmutableArray<EffectResult> Without);

/// <param name="Late">Counted late items of analysed units.</param>
/// <param name="PerUnit">These over analysed units; null without units.</param>
public sealed record LateResult(string Variant, long Late, double? PerUnit);

/// <param name="Since">The later of the start and 24 hours before the look.</param>
/// <param name="HasEvents">Of the primary metric; null without one.</param>
/// <param name="Alert"><c>no_exposures</c>, <c>no_events</c>, or null. None in the first hour after the start.</param>
public sealed record ActivityResult(DateTimeOffset Since, bool HasExposures, bool? HasEvents, string? Alert);

/// <summary>When the effect that the plan names can be detected with a power of 80 % at the rule's alpha, at the error seen so far.</summary>
/// <param name="UnitsNeeded">Over all variants.</param>
/// <param name="UnitsPerDay">Analysed units a day over the last seven days.</param>
/// <param name="Days">Until that many are analysed, at that pace; their windows come on top. 0 when they are.</param>
/// <param name="Reason"><c>no_error_yet</c> or <c>no_traffic</c>; null when there is an answer.</param>
public sealed record RemainingResult(double Mde, double? UnitsNeeded, double? UnitsPerDay, double? Days, string? Reason);
