using System.Globalization;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Storage.Metrics;

/// <summary>A metric in the form in which the database computes it.</summary>
/// <param name="Type"><c>conversion</c>, <c>count</c> or <c>mean</c>.</param>
/// <param name="Path">Steps to the value; null where the event itself is the value, empty for the properties as a whole.</param>
/// <param name="Window">Whole microseconds; null has no end.</param>
/// <param name="Cap">Greatest value of a unit as exact decimal text; null for none.</param>
public sealed record MetricRule(string Type, string Event, string[]? Path, TimeSpan? Window, string? Cap)
{
    /// <summary>Reads a definition.</summary>
    /// <param name="error">One English sentence that says why the metric cannot be computed; null when it can.</param>
    public static bool TryCreate(MetricDefinition definition, out MetricRule? rule, out string? error)
    {
        rule = null;
        error = MetricRules.FindFaults(definition).FirstOrDefault()?.Message;
        if (error is not null)
        {
            return false;
        }

        var path = definition.PropertyPath is { } text && PropertyPath.TryParse(text, out var parsed, out _) ? parsed : null;
        rule = new MetricRule(
            definition.Type.ToString().ToLowerInvariant(),
            definition.Event,
            path is null ? null : [.. path.Steps],
            definition.WindowHours is { } window ? TimeSpan.FromMicroseconds(Math.Round(window * TimeSpan.MicrosecondsPerHour)) : null,
            definition.Cap?.Value.ToString("R", CultureInfo.InvariantCulture));
        return true;
    }
}
