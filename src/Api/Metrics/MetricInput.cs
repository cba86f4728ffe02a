using System.Collections.Frozen;
using System.Text.Json;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Api.Metrics;

/// <summary>Reads new metrics.</summary>
internal static class MetricInput
{
    private const int DefaultLookbackDays = 14;
    private const int LookbackDaysMax = 365;
    private const double WindowHoursMax = 87_600;

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
        if (path is not null && !PropertyPath.TryParse(path, out _, out string? error))
        {
            errors.Add(input.At("propertyPath"), error);
        }

        if (type == MetricType.Mean && path is null && !input.Has("propertyPath"))
        {
            errors.Add(input.At("propertyPath"), "propertyPath is required for means: it says where the value is.");
        }

        return new MetricDefinition(
            key ?? "",
            input.Text("name", 1, Limits.TextMaxCharacters) ?? key ?? "",
            type,
            input.Text("event", 1, Limits.EventNameMaxCharacters, required: true) ?? "",
            path,
            input.Number("windowHours", value => value is > 0 and <= WindowHoursMax, $"be positive and at most {WindowHoursMax}"),
            input.Choice<MetricDirection>("direction") ?? MetricDirection.Increase,
            ReadBound(input, "cap", relative => relative is > 0 and < 1, "lie strictly between 0 and 1 when relative", _ => true, "be finite"),
            ReadBound(input, "margin", relative => relative >= 0, "be zero or more", absolute => absolute >= 0, "be zero or more"),
            (int?)input.Count("lookbackDays", 0, LookbackDaysMax) ?? DefaultLookbackDays);
    }

    private static MetricType ReadType(JsonInput input)
    {
        MetricType type = input.Choice<MetricType>("type", required: true) ?? MetricType.Conversion;
        if (type is MetricType.Ratio or MetricType.Retention or MetricType.Quantile)
        {
            input.Errors.Add(input.At("type"), $"Metrics of type {WireNames<MetricType>.Of(type)} are not computed yet; use conversion, count or mean.");
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

    private static MetricBound? ReadBound(
        JsonInput metric, string name, Func<double, bool> relative, string relativeRule, Func<double, bool> absolute, string absoluteRule)
    {
        if (metric.Object(name, BoundFields) is not { } input)
        {
            return null;
        }

        MetricBoundUnit? unit = input.Choice<MetricBoundUnit>("unit", required: true);
        double? value = unit == MetricBoundUnit.Relative
            ? input.Number("value", relative, relativeRule, required: true)
            : input.Number("value", absolute, absoluteRule, required: true);
        return unit is null || value is null ? null : new MetricBound(value.Value, unit == MetricBoundUnit.Relative);
    }
}
