using System.Text.Json.Serialization;
using Orleans;

namespace Splitstream.Grains.Interfaces.Metrics;

public enum MetricType
{
    Conversion,
    Count,
    Mean,
    Ratio,
    Retention,
    Quantile,
}

public enum MetricDirection
{
    Increase,
    Decrease,
}

/// <summary>A metric: what one unit's value is, made of its events. Immutable; a new definition is a new key.</summary>
/// <param name="Event">Name of the events that count; those of the numerator for ratios.</param>
/// <param name="PropertyPath">
/// Safe subset of JSONPath to the value, the numerator's for ratios; null where the event itself is the value. An explicit JSON null there
/// states that the unit's value is missing: the unit leaves this metric and is counted as missing. For conversions and retention an event
/// matches unless the value is false or 0; for counts the value is how many it stands for.
/// </param>
/// <param name="WindowHours">
/// Events in [first exposure, + window) count; null has no end, and then the metric cannot decide. Null for retention, which has
/// <paramref name="StartHours"/> and <paramref name="EndHours"/>.
/// </param>
/// <param name="Cap">Bound on a unit's value; null for none.</param>
/// <param name="Margin">Non-inferiority margin when used as a guardrail; null for none.</param>
/// <param name="LookbackDays">
/// Days that the covariate looks at, and before the exposure of a unit that is told apart as returning when it did anything in them. 0 for
/// none.
/// </param>
/// <param name="Denominator">What a ratio is over; null for all other types.</param>
/// <param name="StartHours">Retention: events in [first exposure + start, + end) count; null for all other types.</param>
/// <param name="EndHours">Retention: the end, exclusive; null for all other types.</param>
/// <param name="Quantile">Which quantile of the events' values, in (0, 1); null for all other types.</param>
/// <param name="HasCovariate">
/// True when effects are adjusted for the same metric before the exposure. False also for metrics that were defined before there were
/// covariates: what they mean has not changed.
/// </param>
[GenerateSerializer, Alias("splitstream.metric-definition")]
public sealed record MetricDefinition(
    [property: Id(0)] string Key,
    [property: Id(1)] string Name,
    [property: Id(2)] MetricType Type,
    [property: Id(3)] string Event,
    [property: Id(4)] string? PropertyPath,
    [property: Id(5)] double? WindowHours,
    [property: Id(6)] MetricDirection Direction,
    [property: Id(7)] MetricBound? Cap,
    [property: Id(8)] MetricBound? Margin,
    [property: Id(9)] int LookbackDays,
    [property: Id(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MetricSource? Denominator = null,
    [property: Id(11), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? StartHours = null,
    [property: Id(12), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? EndHours = null,
    [property: Id(13), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Quantile = null,
    [property: Id(14), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool HasCovariate = false)
{
    /// <summary>True for a cap that is a percentile of the pooled variants, known only at the look.</summary>
    [JsonIgnore]
    public bool HasRelativeCap => Cap is { IsRelative: true };
}

/// <summary>Events and the place of their value; without a path every event counts 1.</summary>
[GenerateSerializer, Alias("splitstream.metric-source")]
public sealed record MetricSource([property: Id(0)] string Event, [property: Id(1)] string? PropertyPath);

/// <summary>A cap or margin. Relative caps are percentiles of the pooled variants; relative margins are fractions of control.</summary>
[GenerateSerializer, Alias("splitstream.metric-bound")]
public sealed record MetricBound([property: Id(0)] double Value, [property: Id(1)] bool IsRelative);
