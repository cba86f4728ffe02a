using Orleans.Concurrency;
using Splitstream.Grains.Assignments;
using Splitstream.Grains.Interfaces.MutexGroups;
using Splitstream.Storage.Assignments;

namespace Splitstream.Grains.MutexGroups;

/// <summary>Claims of one partition of a group's units: two experiments that ask for one unit queue here, not in the database.</summary>
[Reentrant]
public sealed class MutexGroupGrain(IClaimWriter writer, ClaimPlacement placement) : ClaimGrain(writer, placement), IMutexGroupGrain;
