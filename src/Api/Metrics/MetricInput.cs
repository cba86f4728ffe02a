using System.Collections.Frozen;
using System.Text.Json;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Api.Metrics;

/// <summary>Reads new metrics.</summary>
internal static class MetricInput
{
    private const int DefaultLookbackDays = 14;

    private static readonly FrozenSet<string> Fields = KnownFields.Of(ApiJsonContext.Default.CreateMetricRequest);
    private static readonly FrozenSet<string> BoundFields = KnownFields.Of(ApiJsonContext.Default.MetricBoundRequest);

    /// <summary>A new metric; use it only when there are no errors.</summary>
    public static MetricDefinition? ReadNew(JsonElement body, InputErrors errors)
    {
        if (JsonInput.Of(body, "", errors, Fields) is not { } input)
        {
            return null;
        }

        string? key = input.Key("key", required: true);
        MetricType type = ReadType(input);
        string? path = input.Text("propertyPath", 1, PropertyPath.MaxCharacters);
        var metric = new MetricDefinition(
            key ?? "",
            input.Text("name", 1, Limits.TextMaxCharacters) ?? key ?? "",
            type,
            input.Text("event", 1, Limits.EventNameMaxCharacters, required: true) ?? "",
            path,
            input.Number("windowHours", _ => true, "be finite"),
            input.Choice<MetricDirection>("direction") ?? MetricDirection.Increase,
            ReadBound(input, "cap"),
            ReadBound(input, "margin"),
            (int?)input.Count("lookbackDays", 0, MetricRules.LookbackDaysMax) ?? DefaultLookbackDays);

        // A path that was sent and could not be read is at fault already, and is not missing.
        bool unreadablePath = path is null && input.TryGet("propertyPath", out _);
        foreach (FieldError fault in MetricRules.FindFaults(metric).Where(fault => !(unreadablePath && fault.Pointer == "/propertyPath")))
        {
            errors.Add(fault.Pointer, fault.Message);
        }

        return metric;
    }

    private static MetricType ReadType(JsonInput input)
    {
        MetricType type = input.Choice<MetricType>("type", required: true) ?? MetricType.Conversion;
        if (type is MetricType.Ratio or MetricType.Retention or MetricType.Quantile)
        {
            return type;
        }

        foreach (string name in new[] { "numerator", "denominator", "startHours", "endHours" })
        {
            if (input.TryGet(name, out _))
            {
                input.Errors.Add(input.At(name), $"{name} has no meaning for metrics of type {WireNames<MetricType>.Of(type)}.");
            }
        }

        return type;
    }

    private static MetricBound? ReadBound(JsonInput metric, string name)
    {
        if (metric.Object(name, BoundFields) is not { } input)
        {
            return null;
        }

        MetricBoundUnit? unit = input.Choice<MetricBoundUnit>("unit", required: true);
        double? value = input.Number("value", _ => true, "be finite", required: true);
        return unit is null || value is null ? null : new MetricBound(value.Value, unit == MetricBoundUnit.Relative);
    }
}
