using System.Collections.Immutable;
using Orleans;

namespace Splitstream.Grains.Interfaces.MutexGroups;

/// <summary>A group of experiments no two of which a unit may share.</summary>
/// <param name="Id">Database identity; never leaves the server.</param>
/// <param name="Seed">Seed of the order in which members are tried for a unit.</param>
/// <param name="Shares">Experiment key to share; an experiment that is not named has share 1.</param>
[GenerateSerializer, Alias("splitstream.mutex-group")]
public sealed record MutexGroup(
    [property: Id(0)] long Id,
    [property: Id(1)] string Key,
    [property: Id(2)] string Name,
    [property: Id(3)] string Seed,
    [property: Id(4)] ImmutableSortedDictionary<string, double> Shares,
    [property: Id(5)] DateTimeOffset CreatedAt);
