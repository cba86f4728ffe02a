using System.Collections.Immutable;
using Orleans;

namespace Splitstream.Grains.Interfaces.Experiments;

/// <summary>A merge patch of an experiment: null leaves a field as it is.</summary>
/// <param name="Variants">Merged by key; an unknown key appends a variant (draft only).</param>
/// <param name="Targeting">Set to change it; a present value of null clears it.</param>
/// <param name="MutexGroup">Set to change it; a present value of null clears it.</param>
/// <param name="PrimaryMetric">Set to change it; a present value of null clears it.</param>
/// <param name="Segments">Replaces all of them; needs no confirmation, because nothing of them decides.</param>
/// <param name="Confirm">True when the caller accepts an edit that opens an epoch or a protocol version.</param>
[GenerateSerializer, Alias("splitstream.experiment-edit")]
public sealed record ExperimentEdit(
    [property: Id(0)] string? Name,
    [property: Id(1)] string? Hypothesis,
    [property: Id(2)] ImmutableArray<VariantEdit>? Variants,
    [property: Id(3)] double? Traffic,
    [property: Id(4)] Optional<string> Targeting,
    [property: Id(5)] Optional<string> MutexGroup,
    [property: Id(6)] ImmutableSortedDictionary<string, string>? Overrides,
    [property: Id(7)] Optional<string> PrimaryMetric,
    [property: Id(8)] ImmutableArray<string>? SecondaryMetrics,
    [property: Id(9)] ImmutableArray<string>? Guardrails,
    [property: Id(10)] DecisionRule? Rule,
    [property: Id(11)] bool Confirm,
    [property: Id(12)] ImmutableArray<string>? Segments = null);

/// <summary>A change of one variant; null leaves a field as it is.</summary>
/// <param name="Payload">Set to change it; a present value of null clears it.</param>
[GenerateSerializer, Alias("splitstream.variant-edit")]
public sealed record VariantEdit(
    [property: Id(0)] string Key,
    [property: Id(1)] double? Weight,
    [property: Id(2)] bool? IsControl,
    [property: Id(3)] Optional<string> Payload);

/// <summary>Tells a field that was not sent from one that was sent as null.</summary>
[GenerateSerializer, Alias("splitstream.optional")]
public readonly record struct Optional<T>([property: Id(0)] bool IsSet, [property: Id(1)] T? Value)
    where T : class
{
    /// <summary>The value that was sent, null included, or else <paramref name="current"/>.</summary>
    public T? Or(T? current) => IsSet ? Value : current;
}
