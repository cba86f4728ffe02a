using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Splitstream.Grains.Interfaces.Metrics;

/// <summary>What the health of an experiment is judged by, beside its sums. Read in the same database snapshot, and as exact.</summary>
/// <param name="CohortDays">Days that one cohort spans, from midnight UTC: 1 as long as that gives no more than 60 of them.</param>
/// <param name="Cohorts">Analysed units by first exposure, oldest first.</param>
/// <param name="Primary">Sums of the primary metric by cohort; empty without one, and for ratios and quantiles.</param>
/// <param name="Excluded">
/// Sums of the primary metric over the units that were taken out and have a row, by the variant of that row. Without covariate and relative
/// cap; empty without such units, for quantiles, and when raw rows are no longer retained.
/// </param>
/// <param name="Late">Late items of analysed units by variant.</param>
/// <param name="Largest">The unit of the largest magnitude, by count or mean metric and variant; only of metrics without a relative cap.</param>
/// <param name="Histories">
/// Matured sums of the primary metric by whether the unit had any event in the look-back, over all units; empty for metrics without a
/// covariate, for which the sample may have them.
/// </param>
/// <param name="Activity">What arrived lately; null unless the experiment is running.</param>
/// <param name="Segments">By attribute of the first exposure, in the order of the definition; null without any.</param>
/// <param name="Sample">
/// What is read from the raw rows of a sample; null without a primary metric, for ratios, quantiles and external experiments, when the
/// metric asks for nothing of it, and in snapshots from before there was a sample.
/// </param>
public sealed record HealthInputs(
    int CohortDays,
    ImmutableArray<CohortUnits> Cohorts,
    ImmutableArray<CohortSum> Primary,
    ImmutableArray<MetricSum> Excluded,
    ImmutableArray<LateCount> Late,
    ImmutableArray<LargestValue> Largest,
    ImmutableArray<HistorySum> Histories,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RecentActivity? Activity,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableArray<SegmentSum>? Segments = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SampledHealth? Sample = null);

/// <summary>What the raw rows of a sample say about the primary metric.</summary>
/// <param name="Units">Analysed units that were read: all up to 50,000, else the 50,000 with the lowest MD5 of their ids.</param>
/// <param name="Days">Null for retention, when the window is shorter than two days, and when raw rows are no longer retained.</param>
/// <param name="Histories">
/// Matured sums by whether the unit had any event in the look-back. Null for metrics with a covariate, without a look-back, and when raw
/// rows are no longer retained.
/// </param>
public sealed record SampledHealth(
    long Units,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DaysSinceExposure? Days,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableArray<HistorySum>? Histories);

/// <summary>Exact sums over a part of the units of one variant and epoch, all of them mature.</summary>
public interface IPartSum
{
    string Variant { get; }

    int Epoch { get; }

    long Units { get; }

    /// <summary>Exact decimal text.</summary>
    string Sum { get; }

    /// <summary>Exact decimal text.</summary>
    string SumSquares { get; }
}

/// <summary>What units did on each day since their first exposure; a day has 24 hours, and no cap applies to it.</summary>
/// <param name="Days">How many are told apart: the whole days of the window, 14 at most, 14 without a window.</param>
/// <param name="Sums">By day.</param>
/// <param name="Slopes">Over the units whose days are all over.</param>
public sealed record DaysSinceExposure(int Days, ImmutableArray<DaySum> Sums, ImmutableArray<SlopeSum> Slopes);

/// <param name="Day">0 for the 24 hours from the first exposure on.</param>
/// <param name="Units">Those whose day is over at the cut-off and before their end, and whose value of that day is not missing.</param>
public sealed record DaySum(int Day, string Variant, int Epoch, long Units, string Sum, string SumSquares) : IPartSum;

/// <summary>Sums over units of 2 day - (days - 1) times what the unit did on that day, added over its days.</summary>
public sealed record SlopeSum(string Variant, int Epoch, long Units, string Sum, string SumSquares) : IPartSum;

/// <summary>Units with one value of an attribute at their first exposure.</summary>
/// <param name="Value">As text; null where the exposure did not say, and for the rest.</param>
/// <param name="IsRest">True for the values after the twenty that most units have.</param>
/// <param name="Analysed">Analysed units.</param>
/// <param name="Units">Of these, those whose value of the primary metric is there and mature; 0 without one, and for ratios and quantiles.</param>
public sealed record SegmentSum(
    string Attribute, string? Value, bool IsRest, string Variant, int Epoch, long Analysed, long Units, string Sum, string SumSquares)
    : IPartSum;

/// <param name="From">Begin of the cohort, midnight UTC.</param>
public sealed record CohortUnits(DateTimeOffset From, string Variant, int Epoch, long Analysed);

/// <summary>Units of a cohort with a value, whose windows are closed at the cut-off.</summary>
public sealed record CohortSum(DateTimeOffset From, string Variant, int Epoch, long Units, string Sum, string SumSquares) : IPartSum;

/// <param name="Late">Counted events and exposures that arrived 7 to 30 days late, each once.</param>
public sealed record LateCount(string Variant, long Late);

/// <param name="Epoch">The unit's.</param>
/// <param name="Value">Exact decimal text.</param>
public sealed record LargestValue(string Metric, string Variant, int Epoch, string Value);

/// <param name="IsReturning">Whether the units had any event in the look-back.</param>
public sealed record HistorySum(bool IsReturning, string Variant, int Epoch, long Units, string Sum, string SumSquares) : IPartSum;

/// <param name="Since">The later of the start and <see cref="Hours"/> before the look.</param>
/// <param name="HasExposures">Whether any counted exposure was received since then.</param>
/// <param name="HasEvents">Whether any event of the primary metric was received since then from an analysed unit; null without one.</param>
public sealed record RecentActivity(DateTimeOffset Since, bool HasExposures, bool? HasEvents)
{
    /// <summary>How far a look looks back for signs of life.</summary>
    public const int Hours = 24;
}
