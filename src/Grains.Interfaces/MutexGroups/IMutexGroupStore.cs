using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Interfaces.MutexGroups;

/// <summary>The mutex groups. An experiment joins one by naming it.</summary>
public interface IMutexGroupStore
{
    /// <summary>Refuses with <see cref="ErrorCode.MutexGroupAlreadyExists"/>.</summary>
    Task<Outcome<MutexGroup>> CreateAsync(
        string key, string name, ImmutableSortedDictionary<string, double> shares, Actor actor, CancellationToken cancellation);

    Task<MutexGroup?> FindAsync(string key, CancellationToken cancellation);

    Task<IReadOnlyList<MutexGroup>> ListAsync(int limit, string? afterKey, CancellationToken cancellation);
}
