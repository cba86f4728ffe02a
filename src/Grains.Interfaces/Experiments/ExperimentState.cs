using System.Collections.Immutable;
using Orleans;
using Splitstream.Bucketing;

namespace Splitstream.Grains.Interfaces.Experiments;

/// <summary>One experiment as committed: definition, lifecycle and epochs at one version.</summary>
/// <param name="Id">Database identity; never leaves the server.</param>
/// <param name="Version">Grows by one with every change; the ETag of <c>If-Match</c>.</param>
/// <param name="BucketingSeed">32 random bytes in hex, never changed.</param>
/// <param name="TrafficSeed">Seed of admission; another than the bucketing seed, so that admission does not leak into the split.</param>
/// <param name="Epochs">Oldest first; the last one is in force while running. Empty before the start.</param>
/// <param name="Winner">Variant that a stop chose for everybody; null for none.</param>
/// <param name="PausedFrom">The status that a resume returns to; null unless paused.</param>
/// <param name="ProtocolVersion">1 at the start; grows when what decides is changed afterwards.</param>
[GenerateSerializer, Alias("splitstream.experiment-state")]
public sealed record ExperimentState(
    [property: Id(0)] long Id,
    [property: Id(1)] ExperimentDefinition Definition,
    [property: Id(2)] ExperimentStatus Status,
    [property: Id(3)] long Version,
    [property: Id(4)] string BucketingSeed,
    [property: Id(5)] string TrafficSeed,
    [property: Id(6)] ImmutableArray<Epoch> Epochs,
    [property: Id(7)] DateTimeOffset CreatedAt,
    [property: Id(8)] DateTimeOffset? StartedAt,
    [property: Id(9)] DateTimeOffset? StoppedAt,
    [property: Id(10)] string? Winner,
    [property: Id(11)] bool WeightsChanged,
    [property: Id(12)] int ProtocolVersion,
    [property: Id(13)] bool ProtocolChanged,
    [property: Id(14)] ExperimentStatus? PausedFrom)
{
    public string Key => Definition.Key;

    /// <summary>The epoch in force, or the last one that was; null before the start.</summary>
    public Epoch? CurrentEpoch() => Epochs.IsEmpty ? null : Epochs[^1];
}

/// <summary>A stretch of an experiment between changes of weights, traffic or targeting. Effects and SRM are stratified by it.</summary>
/// <param name="Number">1 for the first.</param>
/// <param name="ClosedAt">Null while in force.</param>
/// <param name="Weights">Weight of each variant of the definition at that time, in its order.</param>
/// <param name="Interrupted">True when a pause or stop ended it: outcomes after <paramref name="ClosedAt"/> are excluded, open windows censored.</param>
[GenerateSerializer, Alias("splitstream.epoch")]
public sealed record Epoch(
    [property: Id(0)] int Number,
    [property: Id(1)] DateTimeOffset OpenedAt,
    [property: Id(2)] DateTimeOffset? ClosedAt,
    [property: Id(3)] ImmutableArray<double> Weights,
    [property: Id(4)] double Traffic,
    [property: Id(5)] string? TargetingJson,
    [property: Id(6)] bool Interrupted);
