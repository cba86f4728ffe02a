using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Grains.Interfaces.Metrics;

/// <summary>Which metrics can be computed at all. Pure; what is refused here never reaches a sum.</summary>
public static class MetricRules
{
    /// <summary>Longest window, in hours: far beyond any experiment, and well within the database's range of times.</summary>
    public const int WindowHoursMax = 24 * 3_650;

    /// <summary>Shortest window, in hours: one second, far above the microsecond to which windows are rounded.</summary>
    public const double WindowHoursMin = 1 / 3_600.0;

    /// <summary>Most days before the exposure that a covariate may look at.</summary>
    public const int LookbackDaysMax = 365;

    /// <summary>Days that the covariate looks at where a definition does not say.</summary>
    public const int LookbackDaysDefault = 14;

    /// <summary>
    /// Types whose effects are adjusted unless the definition says otherwise. Conversions and retention are exact without a covariate, and
    /// stay so until somebody asks for one.
    /// </summary>
    public static bool IsAdjustedByDefault(MetricType type) => type is MetricType.Count or MetricType.Mean or MetricType.Ratio;

    /// <summary>The fields that keep the metric from being computed, in the order of the definition; none when it can be.</summary>
    public static IEnumerable<FieldError> FindFaults(MetricDefinition metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return [.. SourceFaults(metric), .. WindowFaults(metric), .. BoundFaults(metric), .. OtherFaults(metric)];
    }

    private static IEnumerable<FieldError> SourceFaults(MetricDefinition metric)
    {
        var isRatio = metric.Type == MetricType.Ratio;
        if (metric is { Type: MetricType.Mean or MetricType.Quantile, PropertyPath: null })
        {
            var what = metric.Type == MetricType.Mean ? "means" : "quantiles";
            yield return new FieldError("/propertyPath", $"propertyPath is required for {what}: it says where the value is.");
        }
        else if (PathFault(metric.PropertyPath) is { } fault)
        {
            yield return new FieldError(isRatio ? "/numerator/propertyPath" : "/propertyPath", fault);
        }

        if (isRatio && metric.Denominator is null)
        {
            yield return new FieldError("/denominator", "denominator is required for ratios: it says what the numerator is over.");
        }
        else if (!isRatio && metric.Denominator is not null)
        {
            yield return Meaningless("denominator", metric);
        }
        else if (PathFault(metric.Denominator?.PropertyPath) is { } fault)
        {
            yield return new FieldError("/denominator/propertyPath", fault);
        }
    }

    private static IEnumerable<FieldError> WindowFaults(MetricDefinition metric)
    {
        if (metric.Type != MetricType.Retention)
        {
            if (metric.WindowHours is { } hours && !IsWindow(hours))
            {
                yield return new FieldError("/windowHours", $"windowHours {WindowRule}");
            }

            if (metric.StartHours is not null)
            {
                yield return Meaningless("startHours", metric);
            }

            if (metric.EndHours is not null)
            {
                yield return Meaningless("endHours", metric);
            }

            yield break;
        }

        if (metric.WindowHours is not null)
        {
            yield return new FieldError("/windowHours", "windowHours has no meaning for metrics of type retention: startHours and endHours are their window.");
        }

        if (metric.StartHours is not { } start)
        {
            yield return new FieldError("/startHours", "startHours is required for retention.");
        }
        else if (!(start >= 0 && start <= WindowHoursMax))
        {
            yield return new FieldError("/startHours", $"startHours must lie between 0 and {WindowHoursMax}.");
        }

        if (metric.EndHours is not { } end)
        {
            yield return new FieldError("/endHours", "endHours is required for retention.");
        }
        else if (!IsWindow(end))
        {
            yield return new FieldError("/endHours", $"endHours {WindowRule}");
        }
        else if (metric.StartHours is { } from && !(end - from >= WindowHoursMin))
        {
            yield return new FieldError("/endHours", "endHours must be at least one second after startHours.");
        }
    }

    private static IEnumerable<FieldError> BoundFaults(MetricDefinition metric)
    {
        if (metric.Cap is { } bound)
        {
            var cap = bound.Value;
            if (metric.Type is MetricType.Ratio or MetricType.Retention or MetricType.Quantile)
            {
                yield return Meaningless("cap", metric);
            }
            else if (bound.IsRelative && metric.Type == MetricType.Conversion)
            {
                yield return new FieldError("/cap/unit", "A relative cap has no meaning for metrics of type conversion.");
            }
            else if (bound.IsRelative && !(cap > 0 && cap < 1))
            {
                yield return new FieldError("/cap/value", "A relative cap is a percentile of the pooled variants and must lie strictly between 0 and 1, as 0.99.");
            }
            else if (!(cap > 0 && double.IsFinite(cap)))
            {
                yield return new FieldError("/cap/value", "The cap must be above 0 and finite.");
            }
        }

        if (metric.Margin is { Value: var margin } && !(margin >= 0 && double.IsFinite(margin)))
        {
            yield return new FieldError("/margin/value", "The margin must be zero or more and finite.");
        }
    }

    private static IEnumerable<FieldError> OtherFaults(MetricDefinition metric)
    {
        if (metric.LookbackDays is < 0 or > LookbackDaysMax)
        {
            yield return new FieldError("/lookbackDays", $"lookbackDays must lie between 0 and {LookbackDaysMax}.");
        }
        else if (metric is { Type: MetricType.Quantile, HasCovariate: true })
        {
            yield return new FieldError("/lookbackDays", "Quantiles are not adjusted for a covariate; leave lookbackDays out or send 0.");
        }

        if (metric.Type == MetricType.Quantile)
        {
            if (metric.Quantile is not { } quantile)
            {
                yield return new FieldError("/quantile", "quantile is required for quantiles: 0.5 is the median.");
            }
            else if (!(quantile > 0 && quantile < 1))
            {
                yield return new FieldError("/quantile", "quantile must lie strictly between 0 and 1.");
            }
        }
        else if (metric.Quantile is not null)
        {
            yield return Meaningless("quantile", metric);
        }
    }

    private static string WindowRule => $"must lie between one second and {WindowHoursMax} hours, as a number of hours.";

    private static bool IsWindow(double hours) => hours >= WindowHoursMin && hours <= WindowHoursMax;

    private static string? PathFault(string? path) =>
        path is not null && !PropertyPath.TryParse(path, out _, out var fault) ? fault : null;

    private static FieldError Meaningless(string field, MetricDefinition metric) =>
        new($"/{field}", $"{field} has no meaning for metrics of type {metric.Type.ToString().ToLowerInvariant()}.");
}
