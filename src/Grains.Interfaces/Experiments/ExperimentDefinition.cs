using System.Collections.Immutable;
using Orleans;

namespace Splitstream.Grains.Interfaces.Experiments;

/// <summary>Who chooses the variant: this server, or somebody else whose choice arrives with the exposures.</summary>
public enum AssignmentMode
{
    Server,
    External,
}

/// <summary>What the owner of an experiment decides. Everything else in <see cref="ExperimentState"/> is the server's.</summary>
/// <param name="Key">Matches <see cref="Limits.KeyPattern"/>; never reused.</param>
/// <param name="Hypothesis">Required, at least <see cref="Limits.HypothesisMinCharacters"/> characters.</param>
/// <param name="UnitType">What is randomised, e.g. <c>user</c>.</param>
/// <param name="Variants">2 to 20, in the order that bucketing uses; appended to, never reordered.</param>
/// <param name="Traffic">Share of eligible units admitted, in [0, 1].</param>
/// <param name="TargetingJson">JSON text of the targeting rule; null admits all.</param>
/// <param name="MutexGroup">Key of the group whose experiments exclude each other; null for none. Frozen at the first start.</param>
/// <param name="Overrides">Unit id (NFC) to variant key, for QA; such units are never analysed.</param>
/// <param name="PrimaryMetric">Metric key; null leaves the decision inconclusive.</param>
/// <param name="Segments">
/// Attributes of exposures whose values are looked at apart, for exploration; <c>sdk</c> is what sent the exposure. At most
/// <see cref="Limits.SegmentsMax"/>.
/// </param>
[GenerateSerializer, Alias("splitstream.experiment-definition")]
public sealed record ExperimentDefinition(
    [property: Id(0)] string Key,
    [property: Id(1)] string Name,
    [property: Id(2)] string Hypothesis,
    [property: Id(3)] string UnitType,
    [property: Id(4)] ImmutableArray<Variant> Variants,
    [property: Id(5)] double Traffic,
    [property: Id(6)] string? TargetingJson,
    [property: Id(7)] string? MutexGroup,
    [property: Id(8)] ImmutableSortedDictionary<string, string> Overrides,
    [property: Id(9)] string? PrimaryMetric,
    [property: Id(10)] ImmutableArray<string> SecondaryMetrics,
    [property: Id(11)] ImmutableArray<string> Guardrails,
    [property: Id(12)] AssignmentMode Assignment,
    [property: Id(13)] DecisionRule Rule,
    ImmutableArray<string> Segments = default)
{
    /// <summary>Empty also for definitions that were stored before there were any.</summary>
    [Id(14)]
    public ImmutableArray<string> Segments { get; init; } = Segments.IsDefault ? [] : Segments;

    /// <summary>The control; validation guarantees exactly one.</summary>
    public Variant Control() => Variants.First(variant => variant.IsControl);

    /// <summary>Every metric key in use with its role, the primary first.</summary>
    public IEnumerable<(string Metric, MetricRole Role)> MetricsByRole()
    {
        if (PrimaryMetric is not null)
        {
            yield return (PrimaryMetric, MetricRole.Primary);
        }

        foreach (var key in SecondaryMetrics)
        {
            yield return (key, MetricRole.Secondary);
        }

        foreach (var key in Guardrails)
        {
            yield return (key, MetricRole.Guardrail);
        }
    }
}

/// <summary>What a metric is for in one experiment.</summary>
public enum MetricRole
{
    Primary,
    Secondary,
    Guardrail,
}
