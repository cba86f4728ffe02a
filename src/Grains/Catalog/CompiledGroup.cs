using System.Collections.Frozen;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.MutexGroups;

namespace Splitstream.Grains.Catalog;

/// <summary>A mutex group with the experiments that are in it now, prepared for the hot path. Immutable.</summary>
public sealed class CompiledGroup
{
    /// <summary>What an experiment counts for when the group names no share for it.</summary>
    private const double DefaultShare = 1;

    public CompiledGroup(MutexGroup group, IEnumerable<ExperimentState> members)
    {
        Group = group;
        MutexMember[] shares = [.. members.Select(member => new MutexMember(member.Key, group.Shares.GetValueOrDefault(member.Key, DefaultShare)))];
        Order = new MutexOrder(new BucketingSeed(group.Seed), shares);
        Members = shares.Select((member, index) => (member.Key, index)).ToFrozenDictionary(pair => pair.Key, pair => pair.index);
    }

    public MutexGroup Group { get; }

    /// <summary>The order in which members are tried for a unit.</summary>
    public MutexOrder Order { get; }

    /// <summary>Experiment key to the member's index in <see cref="Order"/>.</summary>
    public FrozenDictionary<string, int> Members { get; }
}
