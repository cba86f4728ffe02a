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
/// <param name="Event">Name of the events that count.</param>
/// <param name="PropertyPath">
/// Safe subset of JSONPath to the value; null where the event itself is the value. An explicit JSON null there states that the unit's
/// value is missing: the unit leaves this metric and is counted as missing. For conversions an event matches unless the value is false or
/// 0; for counts the value is how many it stands for.
/// </param>
/// <param name="WindowHours">Events in [first exposure, + window) count; null has no end, and then the metric cannot decide.</param>
/// <param name="Cap">Bound on a unit's value; null for none.</param>
/// <param name="Margin">Non-inferiority margin when used as a guardrail; null for none.</param>
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
    [property: Id(9)] int LookbackDays);

/// <summary>A cap or margin. Relative caps are percentiles of the pooled variants; relative margins are fractions of control.</summary>
[GenerateSerializer, Alias("splitstream.metric-bound")]
public sealed record MetricBound([property: Id(0)] double Value, [property: Id(1)] bool IsRelative);
