using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Analysis;

/// <summary>Compares the inputs of a snapshot with those recomputed from raw rows, text-exact. Pure.</summary>
public static class InputComparison
{
    public const string Units = "units";
    public const string Exclusions = "exclusions";
    public const string LateEvents = "late_events";
    public const string Claims = "claims";
    public const string Health = "health";

    /// <summary>
    /// The first metric whose sums differ, in the order given; else <see cref="Units"/>, <see cref="Exclusions"/>,
    /// <see cref="LateEvents"/>, <see cref="Claims"/> or <see cref="Health"/>; null when nothing differs. Rows of nothing but zeros count as
    /// absent.
    /// </summary>
    public static string? FirstDifference(ImmutableArray<MetricDefinition> metrics, AnalysisInputs stored, AnalysisInputs again)
    {
        ArgumentNullException.ThrowIfNull(stored);
        ArgumentNullException.ThrowIfNull(again);
        foreach (var metric in metrics)
        {
            if (!SumsOf(stored, metric.Key).SetEquals(SumsOf(again, metric.Key)))
            {
                return metric.Key;
            }
        }

        if (!UnitsOf(stored).SetEquals(UnitsOf(again)))
        {
            return Units;
        }

        if (!ExclusionsOf(stored).SetEquals(ExclusionsOf(again)))
        {
            return Exclusions;
        }

        if (stored.LateEventCount != again.LateEventCount)
        {
            return LateEvents;
        }

        if (stored.Claims != again.Claims)
        {
            return Claims;
        }

        return stored.Health is { } health && !Same(health, again.Health) ? Health : null;
    }

    /// <summary>Snapshots from before there was a sample have none.</summary>
    private static bool Same(HealthInputs stored, HealthInputs? again) =>
        again is not null
        && HealthOf(stored, again.Sample).SequenceEqual(HealthOf(stored.Sample is null ? again with { Sample = null } : again, stored.Sample));

    /// <summary>
    /// What arrived lately is left out: it is judged by the clock of the look. So is a part of the sample that the other does not have: the
    /// rows that it is read from, which reach further back than those of the sums, may be gone.
    /// </summary>
    private static byte[] HealthOf(HealthInputs health, SampledHealth? other)
    {
        var sample = health.Sample is { } own
            ? own with { Days = other?.Days is null ? null : own.Days, Histories = other?.Histories is null ? null : own.Histories }
            : null;
        return CanonicalJson.Bytes(health with { Activity = null, Sample = sample }, CanonicalContext.Default.HealthInputs);
    }

    private static HashSet<MetricSum> SumsOf(AnalysisInputs inputs, string metric) =>
        [.. inputs.Sums.Where(sum => sum.Metric == metric && (sum.Units > 0 || sum.Missing > 0))];

    /// <summary>
    /// Analysed units only: assigned ones carry no aggregation number, and a row whose commit crossed the moment of the snapshot may be
    /// on either side of it.
    /// </summary>
    private static HashSet<UnitCount> UnitsOf(AnalysisInputs inputs) =>
        [.. inputs.Units.Where(unit => unit.Analysed > 0).Select(unit => unit with { Assigned = 0 })];

    private static HashSet<ExclusionCount> ExclusionsOf(AnalysisInputs inputs) => [.. inputs.Exclusions.Where(exclusion => exclusion.Units > 0)];
}
