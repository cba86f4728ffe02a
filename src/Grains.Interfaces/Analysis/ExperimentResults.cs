using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>
/// The result of a snapshot, field by field as the API answers it (<c>viewCount</c> is added when it is read). Numbers are finite; one that
/// cannot be computed is null and a <c>reason</c> beside it says why. Immutable, and a function of its inputs alone.
/// </summary>
/// <param name="Kind"><c>look</c>, <c>final</c> (at the stop), <c>import</c> or <c>advisory</c>.</param>
/// <param name="InputHash">SHA-256, in hex, of everything that determines the numbers and the decision; not of id, time or counts of looks.</param>
/// <param name="MetricHash">SHA-256, in hex, of the definitions of the metrics.</param>
/// <param name="Seed">Seed of simulation; 0 while nothing here is simulated.</param>
/// <param name="LookNumber">1 for the first look; null for an advisory snapshot.</param>
/// <param name="MissedLooks">Looks that were due before this one and were not taken; they spent nothing.</param>
/// <param name="Mutex">Of whom its mutex group left it no choice; null, and not written, without a group.</param>
/// <param name="Srm">Sample ratio of the analysed units.</param>
/// <param name="Assignments">Sample ratio of the assigned units, which only tests the hash.</param>
/// <param name="Health">Null, and not written, in snapshots without the inputs for it.</param>
public sealed record ExperimentResults(
    string Experiment,
    string SnapshotId,
    DateTimeOffset TakenAt,
    string Kind,
    string InputHash,
    string MetricHash,
    string RuleVersion,
    string EngineVersion,
    int Seed,
    int? LookNumber,
    int MissedLooks,
    long LateEventCount,
    bool WeightsChanged,
    int ProtocolVersion,
    bool ProtocolChanged,
    ImmutableArray<EpochResult> Epochs,
    ImmutableArray<UnitResult> Units,
    ExclusionResult Exclusions,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MutexResult? Mutex,
    SampleRatioReport Srm,
    SampleRatioReport Assignments,
    DecisionResult Decision,
    ImmutableArray<GuardrailResult> Guardrails,
    ImmutableArray<MetricResult> Metrics,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] HealthResult? Health = null);

/// <summary>A stretch of the experiment by which everything is stratified.</summary>
public sealed record EpochResult(
    int Epoch, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, bool Interrupted, VariantNumbers Weights, VariantNumbers Analysed);

/// <param name="Assigned">Units with a row.</param>
/// <param name="Analysed">Units with a counted exposure that are not excluded.</param>
public sealed record UnitResult(string Variant, long Assigned, long Analysed);

/// <summary>Units that were taken out of the analysis.</summary>
/// <param name="Share">Excluded units over excluded and analysed ones; 0 without units.</param>
/// <param name="PValue">Chi-square test that the rates are equal over variants; null when there is nothing to compare.</param>
/// <param name="Alarm">True when the rates differ at p below 0.001, or the share exceeds 0.01.</param>
public sealed record ExclusionResult(
    long Total, double Share, ImmutableArray<ReasonCount> ByReason, VariantNumbers ByVariant, double? PValue, bool Alarm);

/// <param name="Reason">As <c>ExclusionCount</c> names it.</param>
public sealed record ReasonCount(string Reason, long Units);

/// <summary>
/// How a mutex group's units are divided. An experiment that joined late only got units that nobody held, which are not a random part of
/// all when those who held them chose otherwise.
/// </summary>
/// <param name="Units">Units that ever held a claim in the group; units that were refused leave no trace.</param>
/// <param name="ClaimedAtStart">Units that others held when this experiment was first started.</param>
/// <param name="ShareClaimedAtStart">These over <paramref name="Units"/>; null without units.</param>
/// <param name="ClaimedByOthers">Units that others hold now.</param>
/// <param name="Claimed">Units that this experiment holds now.</param>
/// <param name="ShareClaimedByOthers">Of the units held now, the share of others; null when none is held.</param>
public sealed record MutexResult(
    string Group,
    long Units,
    long ClaimedAtStart,
    double? ShareClaimedAtStart,
    long ClaimedByOthers,
    long Claimed,
    double? ShareClaimedByOthers);

/// <summary>Test that the numbers of units match the weights; summed over epochs, never pooled.</summary>
/// <param name="Expected">Summed over epochs for display; null when the weights allow no expectation.</param>
/// <param name="Alarm">The e-process fell below its alpha at some check, or units are in a variant of weight zero.</param>
/// <param name="Reason">Why the chi-square is null; null when it is not.</param>
public sealed record SampleRatioReport(
    VariantNumbers Observed,
    VariantNumbers? Expected,
    double? ChiSquared,
    int? DegreesOfFreedom,
    double? PValue,
    bool Alarm,
    EProcessResult EProcess,
    string? Reason);

/// <summary>The sequential test of the sample ratio, valid at every check.</summary>
/// <param name="LogBayesFactor">Of all data now, summed over epochs; null when it cannot be computed.</param>
/// <param name="PValue">Smallest 1/BF over all checks so far, at most 1.</param>
public sealed record EProcessResult(double? LogBayesFactor, double PValue, double Alpha, double Concentration);

/// <summary>What one metric shows.</summary>
/// <param name="Type">As in the metric's definition.</param>
/// <param name="Matured">The same over units whose window is closed, which is all that decides; null when it is the whole.</param>
/// <param name="Cap">
/// What a relative cap came to: the percentile over the matured units of all variants. Null, and not written, for others and while no unit
/// is mature, when values are not bounded yet.
/// </param>
/// <param name="Quantile">Which quantile; null, and not written, for other types.</param>
public sealed record MetricResult(
    string Metric,
    string Name,
    string Role,
    string Type,
    string Direction,
    ImmutableArray<VariantResult> Variants,
    ImmutableArray<ComparisonResult> Comparisons,
    MaturedResult? Matured,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Cap = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Quantile = null);

/// <summary>The matured part of a metric.</summary>
public sealed record MaturedResult(ImmutableArray<VariantResult> Variants, ImmutableArray<ComparisonResult> Comparisons);

/// <summary>One variant of a metric, all epochs together: for display, never a decision input after a change of weights.</summary>
/// <param name="Units">Analysed units that have a value. A unit without events has the value 0, or adds nothing to a ratio or quantile.</param>
/// <param name="PendingUnits">Analysed units whose window is still open; they are part of the whole and not of the matured part.</param>
/// <param name="MissingUnits">Units that left the metric because their value is missing.</param>
/// <param name="Sum">Of the units' values; of numerators for ratios, and over events for quantiles.</param>
/// <param name="Mean">
/// Sum over units; sum over denominator for ratios; the quantile for quantiles, where it is null with several epochs. Null without values.
/// </param>
/// <param name="StandardDeviation">
/// Of one unit's value, divisor n - 1, by the delta method for ratios; null below two units and for quantiles.
/// </param>
/// <param name="StratifiedMean">
/// Mean weighted as the posterior weights epochs, and adjusted for the covariate; null with a single epoch and no covariate, where it is
/// the mean.
/// </param>
/// <param name="CredibleInterval">95 % of the posterior of the (stratified) mean; null when there is none.</param>
/// <param name="ProbabilityBest">P(best of all variants that have units) in the metric's direction.</param>
/// <param name="ExpectedLossAgainstBest">What choosing the variant costs on average against the best of them, in units of the metric.</param>
/// <param name="Denominator">Sum of a ratio's denominators; null, and not written, for other types.</param>
/// <param name="UncappedSum">The sum before a relative cap; null, and not written, for other metrics.</param>
public sealed record VariantResult(
    string Variant,
    long Units,
    long PendingUnits,
    long MissingUnits,
    double? Sum,
    double? Mean,
    double? StandardDeviation,
    double? StratifiedMean,
    Interval? CredibleInterval,
    double? ProbabilityBest,
    double? ExpectedLossAgainstBest,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Denominator = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? UncappedSum = null);

/// <summary>One treatment against control. Everything is stratified by epoch; one epoch gives the plain test to the bit.</summary>
/// <param name="ControlMean">Mean of control weighted over epochs.</param>
/// <param name="TreatmentMean">Mean of the treatment weighted over epochs.</param>
/// <param name="Effect">Treatment minus control, absolute, weighted over epochs.</param>
/// <param name="StandardError">Unpooled standard error of the effect.</param>
/// <param name="Statistic">
/// Pooled z for conversions, z of the effect over its error for ratios, quantiles and adjusted conversions, Welch's t otherwise.
/// </param>
/// <param name="DegreesOfFreedom">Of the t distribution; null for z.</param>
/// <param name="Lift">Effect relative to control; its interval by the delta method.</param>
/// <param name="PValue">Two-sided.</param>
/// <param name="PValueAdjusted">
/// Primary: Holm over variants (or none); secondary: Benjamini-Hochberg over metrics and variants; guardrails: Bonferroni over both.
/// </param>
/// <param name="ConfidenceInterval">95 %, unpooled (Wald) for conversions, Welch otherwise; not corrected.</param>
/// <param name="ConfidenceIntervalAdjusted">
/// Primary metric only: excludes zero exactly when <paramref name="PValueAdjusted"/> is below the rule's alpha. By the test's own error,
/// at the share of alpha that Holm's procedure gave to the comparison.
/// </param>
/// <param name="ProbabilityBetter">P(mean of the variant beyond that of control) in the metric's direction.</param>
/// <param name="ProbabilityWorse">Its complement, computed by itself where small.</param>
/// <param name="ExpectedLoss">What choosing the variant over control costs on average, in units of the metric.</param>
/// <param name="ExpectedLossOfControl">What choosing control costs.</param>
/// <param name="PosteriorMean">Posterior mean of the effect.</param>
/// <param name="CredibleInterval">95 % of the posterior of the effect.</param>
/// <param name="AlwaysValidPValue">
/// Running minimum of 1/e over the looks of this protocol version. This and the next three are always over matured units, because a unit
/// whose window is open is no evidence yet.
/// </param>
/// <param name="TwoSample">Of conversions without a covariate; null for others.</param>
/// <param name="EValue">Evidence now against an effect of zero; null also when it exceeds a double.</param>
/// <param name="LogEValue">Its natural logarithm.</param>
/// <param name="ConfidenceSequence">At the rule's alpha, valid at every look.</param>
/// <param name="UnitsPerVariant">Harmonic mean of both numbers of units: the time of the sequence.</param>
/// <param name="EpochsUsed">Epochs that allow a comparison.</param>
/// <param name="Reason">Why the test is null; null when it is not.</param>
/// <param name="Adjustment">
/// What the covariate did, and the figures without it. Null, and not written, where there is none; then everything above is plain. Where
/// there is one everything above is adjusted, for every method alike.
/// </param>
public sealed record ComparisonResult(
    string Variant,
    string Control,
    double? ControlMean,
    double? TreatmentMean,
    double? Effect,
    double? StandardError,
    double? Statistic,
    double? DegreesOfFreedom,
    double? Lift,
    Interval? LiftInterval,
    double? PValue,
    double? PValueAdjusted,
    Interval? ConfidenceInterval,
    Interval? ConfidenceIntervalAdjusted,
    double? ProbabilityBetter,
    double? ProbabilityWorse,
    double? ProbabilityBest,
    double? ExpectedLoss,
    double? ExpectedLossOfControl,
    double? PosteriorMean,
    Interval? CredibleInterval,
    double? AlwaysValidPValue,
    double? EValue,
    double? LogEValue,
    Interval? ConfidenceSequence,
    long UnitsPerVariant,
    int EpochsUsed,
    string? Reason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AdjustmentResult? Adjustment = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TwoSampleResult? TwoSample = null);

/// <summary>
/// Evidence against equal conversion rates that is exactly valid at every look, beside the asymptotic confidence sequence, which decides.
/// </summary>
/// <param name="EValue">Evidence now; null when it exceeds a double.</param>
/// <param name="LogEValue">Its natural logarithm.</param>
/// <param name="PValue">Smallest 1/e so far, at most 1.</param>
public sealed record TwoSampleResult(double? EValue, double LogEValue, double PValue);

/// <summary>A comparison without its covariate, which decides nothing.</summary>
/// <param name="VarianceReduction">Share of the effect's variance that the covariate took away; below 0 when it added some.</param>
/// <param name="Effect">Treatment minus control, as the next four without adjustment.</param>
public sealed record AdjustmentResult(
    int LookbackDays,
    double? VarianceReduction,
    double? Effect,
    double? StandardError,
    double? Lift,
    double? PValue,
    Interval? ConfidenceInterval);
