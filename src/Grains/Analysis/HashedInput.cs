using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Splitstream.Grains.Certificates;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// What determines the numbers and the decision of a snapshot: its inputs without id, times, aggregation number and counts of looks.
/// Running maxima and the decision are those after this look, and at which look it was decided is left out, so that a second look at
/// unchanged data has the same hash.
/// </summary>
internal sealed record HashedInput(
    AnalysedExperiment Experiment,
    ImmutableArray<MetricDefinition> Metrics,
    ImmutableArray<UnitCount> Units,
    ImmutableArray<MetricSum> Sums,
    ImmutableArray<ExclusionCount> Exclusions,
    long LateEventCount,
    LookKind Kind,
    bool MinDaysReached,
    bool HorizonReached,
    bool HorizonPassed,
    LookHistory After,
    ImmutableArray<GuardrailPause> PausedBefore,
    string RuleVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] GroupClaims? Claims,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CertificateStanding? Certificate,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] HealthInputs? Health)
{
    /// <summary>SHA-256 of the canonical text, in hex. Rows are put in order first, because the database has none.</summary>
    public static string HashOf(ResultsInput input, Horizon horizon, LookHistory after)
    {
        var data = input.Data;
        var hashed = new HashedInput(
            input.Experiment,
            Sorted(input.Metrics),
            [.. data.Units.OrderBy(unit => unit.Epoch).ThenBy(unit => unit.Variant, StringComparer.Ordinal)],
            [
                .. data.Sums.OrderBy(sum => sum.Metric, StringComparer.Ordinal).ThenBy(sum => sum.Epoch)
                    .ThenBy(sum => sum.Variant, StringComparer.Ordinal),
            ],
            [
                .. data.Exclusions.OrderBy(exclusion => exclusion.Reason, StringComparer.Ordinal)
                    .ThenBy(exclusion => exclusion.Variant, StringComparer.Ordinal),
            ],
            data.LateEventCount,
            input.Look.Kind,
            horizon.MinDaysReached,
            horizon.Reached,
            horizon.Passed,
            after with
            {
                Evidence =
                [
                    .. after.Evidence.OrderBy(entry => entry.Metric, StringComparer.Ordinal).ThenBy(entry => entry.Variant, StringComparer.Ordinal),
                ],
                PausedFor = Sorted(after.PausedFor),
                Decided = after.Decided is { } decided ? decided with { LookNumber = 0 } : null,
            },
            Sorted(input.Look.History.PausedFor),
            input.Look.RuleVersion,
            data.Claims is { } claims ? claims with { AsOf = default } : null,
            input.Certificate,
            data.Health is { } health ? health with { Activity = null } : null);
        return Hex(CanonicalJson.Bytes(hashed, CanonicalContext.Default.HashedInput));
    }

    /// <summary>SHA-256, in hex, of the definitions of the metrics.</summary>
    public static string HashOf(ImmutableArray<MetricDefinition> metrics) =>
        Hex(CanonicalJson.Bytes(Sorted(metrics), CanonicalContext.Default.ImmutableArrayMetricDefinition));

    private static ImmutableArray<MetricDefinition> Sorted(ImmutableArray<MetricDefinition> metrics) =>
        [.. metrics.OrderBy(metric => metric.Key, StringComparer.Ordinal)];

    private static ImmutableArray<GuardrailPause> Sorted(ImmutableArray<GuardrailPause> pauses) =>
        [.. pauses.OrderBy(pause => pause.Metric, StringComparer.Ordinal).ThenBy(pause => pause.Variant, StringComparer.Ordinal)];

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
