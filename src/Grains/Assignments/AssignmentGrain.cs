using Orleans.Concurrency;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Storage.Assignments;

namespace Splitstream.Grains.Assignments;

/// <summary>
/// First claims of one partition of an experiment's units. Reentrant, so that all units that arrive during a commit share the next one.
/// </summary>
[Reentrant]
public sealed class AssignmentGrain(IClaimWriter writer, ClaimPlacement placement) : ClaimGrain(writer, placement), IAssignmentGrain;
