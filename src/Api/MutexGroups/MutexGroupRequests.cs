using Splitstream.Grains.Interfaces.MutexGroups;

namespace Splitstream.Api.MutexGroups;

/// <summary>A new group of experiments no two of which a unit may share. Unknown fields are refused.</summary>
/// <param name="Key">Matches <c>^[A-Za-z0-9][A-Za-z0-9 ,._:-]{0,99}$</c>; never reused.</param>
/// <param name="Name">The key when absent.</param>
/// <param name="Shares">Experiment key to share, positive; an experiment that is not named has share 1.</param>
public sealed record CreateMutexGroupRequest(string Key, string? Name, IReadOnlyDictionary<string, double>? Shares);

/// <summary>One mutex group. An experiment joins it by naming it.</summary>
/// <param name="Shares">Experiment key to share; an experiment that is not named has share 1.</param>
public sealed record MutexGroupResponse(string Key, string Name, IReadOnlyDictionary<string, double> Shares, DateTime CreatedAt)
{
    internal static MutexGroupResponse From(MutexGroup group) => new(group.Key, group.Name, group.Shares, group.CreatedAt.UtcDateTime);
}

/// <summary>A page of mutex groups in the order of their keys.</summary>
/// <param name="NextCursor">Null on the last page.</param>
public sealed record MutexGroupListResponse(IReadOnlyList<MutexGroupResponse> Items, string? NextCursor);
