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

    /// <summary>The fields that keep the metric from being computed, in the order of the definition; none when it can be.</summary>
    public static IEnumerable<FieldError> FindFaults(MetricDefinition metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        if (metric.Type is not (MetricType.Conversion or MetricType.Count or MetricType.Mean))
        {
            yield return new FieldError(
                "/type", $"Metrics of type {metric.Type.ToString().ToLowerInvariant()} are not computed yet; use conversion, count or mean.");
        }

        if (metric is { Type: MetricType.Mean, PropertyPath: null })
        {
            yield return new FieldError("/propertyPath", "propertyPath is required for means: it says where the value is.");
        }
        else if (metric.PropertyPath is { } path && !PropertyPath.TryParse(path, out _, out var fault))
        {
            yield return new FieldError("/propertyPath", fault);
        }

        if (metric.WindowHours is { } hours && !(hours >= WindowHoursMin && hours <= WindowHoursMax))
        {
            yield return new FieldError("/windowHours", $"windowHours must lie between one second and {WindowHoursMax} hours, as a number of hours.");
        }

        if (metric.Cap is { IsRelative: true })
        {
            yield return new FieldError("/cap/unit", "Relative caps are not computed yet; state the cap in the unit of the metric.");
        }
        else if (metric.Cap is { Value: var cap } && !(cap > 0 && double.IsFinite(cap)))
        {
            yield return new FieldError("/cap/value", "The cap must be above 0 and finite.");
        }

        if (metric.Margin is { Value: var margin } && !(margin >= 0 && double.IsFinite(margin)))
        {
            yield return new FieldError("/margin/value", "The margin must be zero or more and finite.");
        }

        if (metric.LookbackDays is < 0 or > LookbackDaysMax)
        {
            yield return new FieldError("/lookbackDays", $"lookbackDays must lie between 0 and {LookbackDaysMax}.");
        }
    }
}
