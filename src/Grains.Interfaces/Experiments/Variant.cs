using Orleans;

namespace Splitstream.Grains.Interfaces.Experiments;

/// <summary>One treatment of an experiment. Keys are never reused and variants are never removed, so a row's variant always resolves.</summary>
/// <param name="Key">Matches <see cref="Limits.KeyPattern"/>.</param>
/// <param name="Weight">Share of new units relative to the sum of all weights; finite, zero or more.</param>
/// <param name="IsControl">True for exactly one variant.</param>
/// <param name="PayloadJson">JSON text handed to clients as it is; null when there is none.</param>
[GenerateSerializer, Alias("splitstream.variant")]
public sealed record Variant(
    [property: Id(0)] string Key,
    [property: Id(1)] double Weight,
    [property: Id(2)] bool IsControl,
    [property: Id(3)] string? PayloadJson);
