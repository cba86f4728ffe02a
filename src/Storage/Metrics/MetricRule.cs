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
    /// <summary>Longest window; far beyond any experiment, and well within the database's range of times.</summary>
    public const double MaxWindowHours = 24 * 3_660;

    /// <summary>Reads a definition.</summary>
    /// <param name="error">One English sentence that says why the metric cannot be computed; null when it can.</param>
    public static bool TryCreate(MetricDefinition definition, out MetricRule? rule, out string? error)
    {
        rule = null;
        PropertyPath? path = null;
        error = definition switch
        {
            { Type: not (MetricType.Conversion or MetricType.Count or MetricType.Mean) } =>
                $"Metrics of type {definition.Type.ToString().ToLowerInvariant()} are not computed yet.",
            { Type: MetricType.Mean, PropertyPath: null } => "A mean needs a propertyPath.",
            { WindowHours: { } hours } when !(hours > 0 && hours <= MaxWindowHours) => $"windowHours must be above 0 and at most {MaxWindowHours}.",
            { Cap.IsRelative: true } => "Relative caps are not computed yet.",
            { Cap.Value: var cap } when !(cap > 0 && double.IsFinite(cap)) => "cap must be above 0.",
            { PropertyPath: { } text } => PropertyPath.TryParse(text, out path, out var fault) ? null : fault,
            _ => null,
        };
        if (error is not null)
        {
            return false;
        }

        rule = new MetricRule(
            definition.Type.ToString().ToLowerInvariant(),
            definition.Event,
            path is null ? null : [.. path.Steps],
            definition.WindowHours is { } window ? TimeSpan.FromMicroseconds(Math.Round(window * TimeSpan.MicrosecondsPerHour)) : null,
            definition.Cap?.Value.ToString("R", CultureInfo.InvariantCulture));
        return true;
    }
}
