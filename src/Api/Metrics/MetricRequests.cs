using System.Text.Json.Serialization;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Api.Metrics;

/// <summary>A new metric. Unknown fields are refused.</summary>
/// <param name="Key">Matches <c>^[A-Za-z0-9][A-Za-z0-9 ,._:-]{0,99}$</c>; never reused.</param>
/// <param name="Name">The key when absent.</param>
/// <param name="Type"><c>conversion</c>, <c>count</c> or <c>mean</c>; <c>ratio</c>, <c>retention</c> and <c>quantile</c> are not computed yet and refused.</param>
/// <param name="Event">Name of the events that count.</param>
/// <param name="PropertyPath">Safe subset of JSONPath to the value: <c>$</c>, <c>.name</c>, <c>['name']</c>, <c>[0]</c>. Required for means.</param>
/// <param name="WindowHours">Events this long after the first exposure count; one second to 87,600 hours. Without it the metric cannot decide.</param>
/// <param name="Direction"><c>increase</c> when absent.</param>
/// <param name="Cap">Bound on a unit's value, absolute and above 0; relative ones are not computed yet and refused.</param>
/// <param name="Margin">Non-inferiority margin when used as a guardrail.</param>
/// <param name="LookbackDays">Days before the exposure that the covariate looks at; 0 to 365, default 14.</param>
/// <param name="Numerator">For ratios.</param>
/// <param name="Denominator">For ratios.</param>
/// <param name="StartHours">For retention.</param>
/// <param name="EndHours">For retention.</param>
public sealed record CreateMetricRequest(
    string Key,
    string? Name,
    [property: JsonConverter(typeof(SnakeCaseEnum<MetricType>))] MetricType Type,
    string Event,
    string? PropertyPath,
    double? WindowHours,
    [property: JsonConverter(typeof(SnakeCaseEnum<MetricDirection>))] MetricDirection? Direction,
    MetricBoundRequest? Cap,
    MetricBoundRequest? Margin,
    int? LookbackDays,
    string? Numerator,
    string? Denominator,
    double? StartHours,
    double? EndHours);

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
/// <param name="PropertyPath">Null where the event itself is the value.</param>
/// <param name="WindowHours">Null has no end, and then the metric cannot decide.</param>
public sealed record MetricResponse(
    string Key,
    string Name,
    [property: JsonConverter(typeof(SnakeCaseEnum<MetricType>))] MetricType Type,
    string Event,
    string? PropertyPath,
    double? WindowHours,
    [property: JsonConverter(typeof(SnakeCaseEnum<MetricDirection>))] MetricDirection Direction,
    MetricBoundResponse? Cap,
    MetricBoundResponse? Margin,
    int LookbackDays)
{
    internal static MetricResponse From(MetricDefinition metric) => new(
        metric.Key,
        metric.Name,
        metric.Type,
        metric.Event,
        metric.PropertyPath,
        metric.WindowHours,
        metric.Direction,
        MetricBoundResponse.From(metric.Cap),
        MetricBoundResponse.From(metric.Margin),
        metric.LookbackDays);
}

/// <summary>A cap or margin.</summary>
public sealed record MetricBoundResponse(double Value, [property: JsonConverter(typeof(SnakeCaseEnum<MetricBoundUnit>))] MetricBoundUnit Unit)
{
    internal static MetricBoundResponse? From(MetricBound? bound) =>
        bound is null ? null : new(bound.Value, bound.IsRelative ? MetricBoundUnit.Relative : MetricBoundUnit.Absolute);
}

/// <summary>A page of metrics in the order of their keys.</summary>
/// <param name="NextCursor">Null on the last page.</param>
public sealed record MetricListResponse(IReadOnlyList<MetricResponse> Items, string? NextCursor);
