using Orleans;
using Splitstream.Grains.Interfaces.Assignments;

namespace Splitstream.Grains.Interfaces.MutexGroups;

/// <summary>
/// Claims of the units of one group and one partition (key: group id, a slash, partition 0 to 15). Two experiments that ask for one unit
/// meet here, so that the loser learns it without a race in the database.
/// </summary>
[Alias("splitstream.IMutexGroupGrain")]
public interface IMutexGroupGrain : IGrainWithStringKey
{
    /// <summary>Claims the unit for the proposal's experiment and writes its row, together or not at all.</summary>
    [Alias("Claim")]
    Task<ClaimAnswer> ClaimAsync(ClaimProposal proposal);
}
