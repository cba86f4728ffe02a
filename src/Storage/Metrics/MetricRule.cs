using System.Globalization;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Storage.Metrics;

/// <summary>A metric in the form in which the database computes it.</summary>
/// <param name="Type">
/// How a unit's events become a value: <c>conversion</c> (is there one), <c>count</c> (how many, or how many they stand for) or <c>mean</c>
/// (the sum of the property).
/// </param>
/// <param name="Path">Steps to the value; null where the event itself is the value, empty for the properties as a whole.</param>
/// <param name="Start">Begin of the window after the first exposure; null at once.</param>
/// <param name="Window">End of the window in whole microseconds; null has no end.</param>
/// <param name="Cap">Greatest value of a unit as exact decimal text; null for none, and for one that is known only at the look.</param>
/// <param name="DenominatorEvent">What a ratio is over; null for other metrics.</param>
/// <param name="Lookback">How far the covariate looks back; null without one.</param>
public sealed record MetricRule(
    string Type,
    string Event,
    string[]? Path,
    TimeSpan? Start,
    TimeSpan? Window,
    string? Cap,
    string? DenominatorEvent,
    string[]? DenominatorPath,
    TimeSpan? Lookback)
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

        rule = new MetricRule(
            definition.Type switch
            {
                MetricType.Conversion or MetricType.Retention => "conversion",
                MetricType.Count or MetricType.Ratio => "count",
                _ => "mean",
            },
            definition.Event,
            Steps(definition.PropertyPath),
            Hours(definition.StartHours),
            Hours(definition.Type == MetricType.Retention ? definition.EndHours : definition.WindowHours),
            definition.Cap is { IsRelative: false } cap ? Exact(cap.Value) : null,
            definition.Denominator?.Event,
            Steps(definition.Denominator?.PropertyPath),
            definition is { HasCovariate: true, LookbackDays: > 0 } ? TimeSpan.FromDays(definition.LookbackDays) : null);
        return true;
    }

    /// <summary>A number as exact decimal text that reads back to the same bits.</summary>
    internal static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string[]? Steps(string? path) =>
        path is not null && PropertyPath.TryParse(path, out var parsed, out _) ? [.. parsed.Steps] : null;

    private static TimeSpan? Hours(double? hours) =>
        hours is { } value ? TimeSpan.FromMicroseconds(Math.Round(value * TimeSpan.MicrosecondsPerHour)) : null;
}
