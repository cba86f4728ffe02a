using System.Text.Json.Serialization;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Api.Metrics;

/// <summary>A new metric. Unknown fields are refused.</summary>
/// <param name="Key">Matches <c>^[A-Za-z0-9][A-Za-z0-9 ,._:-]{0,99}$</c>; never reused.</param>
/// <param name="Name">The key when absent.</param>
/// <param name="Type">How a unit's events become its value.</param>
/// <param name="Event">Name of the events that count. Required, but for ratios, which have a numerator and a denominator.</param>
/// <param name="PropertyPath">
/// Safe subset of JSONPath to the value: <c>$</c>, <c>.name</c>, <c>['name']</c>, <c>[0]</c>. Required for means and quantiles.
/// </param>
/// <param name="WindowHours">
/// Events this long after the first exposure count; one second to 87,600 hours. Without it the metric cannot decide. Not for retention.
/// </param>
/// <param name="Direction"><c>increase</c> when absent.</param>
/// <param name="Cap">
/// Bound on a unit's value: absolute and above 0, or a percentile of the pooled variants. Relative ones are for counts and means.
/// </param>
/// <param name="Margin">Non-inferiority margin when used as a guardrail.</param>
/// <param name="LookbackDays">
/// Days that the covariate looks at, which end before assignment and exposure; 0 to 365, and 0 for none. Default 14 for counts, means and
/// ratios; 0 for conversions and retention, whose posterior is exact without; always 0 for quantiles. The health report tells new from
/// returning units by the same days, and by 14 where a conversion or retention says nothing.
/// </param>
/// <param name="Numerator">For ratios, required there: what is summed over units.</param>
/// <param name="Denominator">For ratios, required there: what the numerator is over.</param>
/// <param name="StartHours">For retention, required there: hours after the first exposure; 0 or more.</param>
/// <param name="EndHours">For retention, required there: the end, exclusive; after startHours.</param>
/// <param name="Quantile">For quantiles, required there: which one, in (0, 1); 0.5 is the median.</param>
public sealed record CreateMetricRequest(
    string Key,
    string? Name,
    [property: JsonConverter(typeof(SnakeCaseEnum<MetricType>))] MetricType Type,
    string? Event,
    string? PropertyPath,
    double? WindowHours,
    [property: JsonConverter(typeof(SnakeCaseEnum<MetricDirection>))] MetricDirection? Direction,
    MetricBoundRequest? Cap,
    MetricBoundRequest? Margin,
    int? LookbackDays,
    MetricSourceRequest? Numerator,
    MetricSourceRequest? Denominator,
    double? StartHours,
    double? EndHours,
    double? Quantile);

/// <summary>One side of a ratio.</summary>
/// <param name="Event">Name of the events that count.</param>
/// <param name="PropertyPath">Where the value is that is summed; without it every event counts 1.</param>
public sealed record MetricSourceRequest(string Event, string? PropertyPath);

/// <summary>A cap or margin.</summary>
/// <param name="Value">
/// A relative cap is a percentile of the pooled variants as a fraction in (0, 1); a relative margin is a fraction of control, zero or more.
/// </param>
public sealed record MetricBoundRequest(double Value, [property: JsonConverter(typeof(SnakeCaseEnum<MetricBoundUnit>))] MetricBoundUnit Unit);

/// <summary>What the value of a bound is measured in.</summary>
public enum MetricBoundUnit
{
    Absolute,
    Relative,
}

/// <summary>One metric. Metrics are immutable; a new definition is a new key.</summary>
/// <param name="Event">Null for ratios.</param>
/// <param name="PropertyPath">Null where the event itself is the value, and for ratios.</param>
/// <param name="WindowHours">Null has no end, and then the metric cannot decide. Null for retention.</param>
/// <param name="LookbackDays">0 without a covariate.</param>
/// <param name="Numerator">Of ratios; absent for others.</param>
/// <param name="Denominator">Of ratios; absent for others.</param>
/// <param name="StartHours">Of retention; absent for others.</param>
/// <param name="EndHours">Of retention; absent for others.</param>
/// <param name="Quantile">Of quantiles; absent for others.</param>
public sealed record MetricResponse(
    string Key,
    string Name,
    [property: JsonConverter(typeof(SnakeCaseEnum<MetricType>))] MetricType Type,
    string? Event,
    string? PropertyPath,
    double? WindowHours,
    [property: JsonConverter(typeof(SnakeCaseEnum<MetricDirection>))] MetricDirection Direction,
    MetricBoundResponse? Cap,
    MetricBoundResponse? Margin,
    int LookbackDays,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MetricSourceResponse? Numerator = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MetricSourceResponse? Denominator = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? StartHours = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? EndHours = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Quantile = null)
{
    internal static MetricResponse From(MetricDefinition metric) => new(
        metric.Key,
        metric.Name,
        metric.Type,
        metric.Denominator is null ? metric.Event : null,
        metric.Denominator is null ? metric.PropertyPath : null,
        metric.WindowHours,
        metric.Direction,
        MetricBoundResponse.From(metric.Cap),
        MetricBoundResponse.From(metric.Margin),
        metric.HasCovariate ? metric.LookbackDays : 0,
        metric.Denominator is null ? null : new MetricSourceResponse(metric.Event, metric.PropertyPath),
        metric.Denominator is { } denominator ? new MetricSourceResponse(denominator.Event, denominator.PropertyPath) : null,
        metric.StartHours,
        metric.EndHours,
        metric.Quantile);
}

/// <summary>One side of a ratio.</summary>
/// <param name="PropertyPath">Null where every event counts 1.</param>
public sealed record MetricSourceResponse(string Event, string? PropertyPath);

/// <summary>A cap or margin.</summary>
public sealed record MetricBoundResponse(double Value, [property: JsonConverter(typeof(SnakeCaseEnum<MetricBoundUnit>))] MetricBoundUnit Unit)
{
    internal static MetricBoundResponse? From(MetricBound? bound) =>
        bound is null ? null : new(bound.Value, bound.IsRelative ? MetricBoundUnit.Relative : MetricBoundUnit.Absolute);
}

/// <summary>A page of metrics in the order of their keys.</summary>
/// <param name="NextCursor">Null on the last page.</param>
public sealed record MetricListResponse(IReadOnlyList<MetricResponse> Items, string? NextCursor);
