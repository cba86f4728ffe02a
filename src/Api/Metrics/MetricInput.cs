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
    private static readonly FrozenSet<string> Fields = KnownFields.Of(ApiJsonContext.Default.CreateMetricRequest);
    private static readonly FrozenSet<string> SourceFields = KnownFields.Of(ApiJsonContext.Default.MetricSourceRequest);
    private static readonly FrozenSet<string> BoundFields = KnownFields.Of(ApiJsonContext.Default.MetricBoundRequest);

    /// <summary>A new metric; use it only when there are no errors.</summary>
    public static MetricDefinition? ReadNew(JsonElement body, InputErrors errors)
    {
        if (JsonInput.Of(body, "", errors, Fields) is not { } input)
        {
            return null;
        }

        string? key = input.Key("key", required: true);
        MetricType? readable = input.Choice<MetricType>("type", required: true);
        MetricType type = readable ?? MetricType.Conversion;
        MetricSource? source = ReadSource(input, readable);
        MetricSource? denominator = ReadPart(input, "denominator");
        double? quantile = input.Number("quantile", _ => true, "be finite");
        int? lookback = (int?)input.Count("lookbackDays", 0, MetricRules.LookbackDaysMax);
        var metric = new MetricDefinition(
            key ?? "",
            input.Text("name", 1, Limits.TextMaxCharacters) ?? key ?? "",
            type,
            source?.Event ?? "",
            source?.PropertyPath,
            input.Number("windowHours", _ => true, "be finite"),
            input.Choice<MetricDirection>("direction") ?? MetricDirection.Increase,
            ReadBound(input, "cap"),
            ReadBound(input, "margin"),
            lookback ?? (type == MetricType.Quantile ? 0 : MetricRules.LookbackDaysDefault),
            denominator,
            input.Number("startHours", _ => true, "be finite"),
            input.Number("endHours", _ => true, "be finite"),
            quantile,
            lookback is > 0 || (lookback is null && MetricRules.IsAdjustedByDefault(type)));

        // A field that was sent and could not be read is at fault already, and is not missing.
        foreach (FieldError fault in MetricRules.FindFaults(metric).Where(fault => readable is not null && !errors.Has(fault.Pointer)))
        {
            errors.Add(fault.Pointer, fault.Message);
        }

        return metric;
    }

    /// <summary>What the metric counts: its event, or a ratio's numerator.</summary>
    private static MetricSource? ReadSource(JsonInput input, MetricType? type)
    {
        if (type == MetricType.Ratio)
        {
            foreach (string name in new[] { "event", "propertyPath" })
            {
                if (input.TryGet(name, out _))
                {
                    input.Errors.Add(input.At(name), $"{name} has no meaning for metrics of type ratio: numerator and denominator have one each.");
                }
            }

            if (!input.TryGet("numerator", out _))
            {
                input.Errors.Add(input.At("numerator"), "numerator is required for ratios: it says what is divided by the denominator.");
            }

            return ReadPart(input, "numerator");
        }

        if (type is { } other && input.TryGet("numerator", out _))
        {
            input.Errors.Add(input.At("numerator"), $"numerator has no meaning for metrics of type {WireNames<MetricType>.Of(other)}.");
        }

        return ReadFields(input);
    }

    private static MetricSource? ReadPart(JsonInput metric, string name) =>
        metric.Object(name, SourceFields) is { } input ? ReadFields(input) : null;

    private static MetricSource ReadFields(JsonInput input) => new(
        input.Text("event", 1, Limits.EventNameMaxCharacters, required: true) ?? "",
        input.Text("propertyPath", 1, PropertyPath.MaxCharacters));

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
