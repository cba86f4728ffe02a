using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Interfaces.Metrics;

/// <summary>Everything a look is computed from, read in one database snapshot. Exact sums are decimal text, canonical and without exponent.</summary>
/// <param name="AsOfAggregation">Last aggregation that the sums include; <c>verify</c> recomputes from the raw rows up to it.</param>
/// <param name="Units">Per variant and epoch.</param>
/// <param name="Sums">Per metric, variant and epoch.</param>
/// <param name="Exclusions">Units taken out, per reason and variant.</param>
/// <param name="LateEventCount">Counted events and exposures of this experiment that arrived 7 to 30 days late.</param>
/// <param name="Claims">How the units of its mutex group are divided; null without a group.</param>
/// <param name="Health">Null when no metrics were asked for, and in snapshots from before there was such a report.</param>
public sealed record AnalysisInputs(
    long AsOfAggregation,
    ImmutableArray<UnitCount> Units,
    ImmutableArray<MetricSum> Sums,
    ImmutableArray<ExclusionCount> Exclusions,
    long LateEventCount,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] GroupClaims? Claims = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] HealthInputs? Health = null);

/// <summary>
/// Counts of the claims in an experiment's mutex group. Units that were refused leave no trace, so that the units of the group are those
/// that held a claim in it at least once.
/// </summary>
/// <param name="Group">Key of the group.</param>
/// <param name="AsOf">By the database's clock, at a moment when no claim was under way: claims made or released later do not count.</param>
/// <param name="Units">Units that ever held a claim in the group.</param>
/// <param name="ClaimedAtStart">Units that other experiments held when this one was first started, which it could not ask for.</param>
/// <param name="ClaimedByOthers">Units that other experiments hold.</param>
/// <param name="Claimed">Units that this experiment holds.</param>
public sealed record GroupClaims(
    string Group, DateTimeOffset AsOf, long Units, long ClaimedAtStart, long ClaimedByOthers, long Claimed);

/// <param name="Assigned">Units with a row.</param>
/// <param name="Analysed">Units with at least one counted exposure that are not excluded.</param>
public sealed record UnitCount(string Variant, int Epoch, long Assigned, long Analysed);

/// <summary>Exact sums of one metric over the analysed units of one variant and epoch.</summary>
/// <param name="Units">Analysed units less those whose value is missing.</param>
/// <param name="Missing">Units that left the metric because their value is missing.</param>
/// <param name="Matured">The part whose windows are closed at the cut-off; equal to the whole where the metric has no window and for imports.</param>
/// <param name="Products">Of ratios and of metrics with a covariate; null for others.</param>
/// <param name="Capped">Of metrics with a relative cap; null for others.</param>
/// <param name="Quantile">Of quantiles; null for others, and where there are no values.</param>
public sealed record MetricSum(
    string Metric,
    string Variant,
    int Epoch,
    long Units,
    long Missing,
    string Sum,
    string SumSquares,
    MaturedSum Matured,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MetricProducts? Products = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CappedSum? Capped = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] QuantileSum? Quantile = null);

/// <summary>The same sums over matured units only; what a decision may use.</summary>
public sealed record MaturedSum(
    long Units,
    long Missing,
    string Sum,
    string SumSquares,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MetricProducts? Products = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CappedSum? Capped = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] QuantileSum? Quantile = null);

/// <param name="Reason"><c>variant_mismatch</c>, <c>two_variants</c>, <c>rebucketed</c>, <c>override</c>, <c>not_assigned</c>, <c>bot</c>.</param>
public sealed record ExclusionCount(string Reason, string Variant, long Units);

/// <summary>Reads and recomputes the sums that analysis stands on.</summary>
public interface IMetricSums
{
    /// <summary>Aggregates everything that was acknowledged before the call, so that what follows sees it.</summary>
    Task DrainAsync(CancellationToken cancellation);

    /// <param name="cutoff">Units mature whose window closed at or before it.</param>
    Task<AnalysisInputs> ReadAsync(
        ExperimentState experiment, IReadOnlyList<MetricDefinition> metrics, DateTimeOffset cutoff, CancellationToken cancellation);

    /// <summary>
    /// The same inputs computed from raw rows alone, as of an aggregation and a cut-off; null when rows of that time are no longer retained.
    /// </summary>
    /// <param name="claimsAsOf">As <see cref="GroupClaims.AsOf"/>; null when claims were not counted.</param>
    Task<AnalysisInputs?> RecomputeAsync(
        ExperimentState experiment,
        IReadOnlyList<MetricDefinition> metrics,
        DateTimeOffset cutoff,
        long asOfAggregation,
        DateTimeOffset asOfTime,
        DateTimeOffset? claimsAsOf,
        CancellationToken cancellation);
}
