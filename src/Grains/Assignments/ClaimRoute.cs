using System.Globalization;
using Orleans;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.MutexGroups;
using Splitstream.Grains.Nodes;
using Splitstream.Storage.Assignments;

namespace Splitstream.Grains.Assignments;

/// <summary>
/// The way of a claim: through the grain of its partition, and past it while the process that holds the grain is away. Grains put claims in
/// order and make them fast; the database makes them right, also when the grain and this process write the same one.
/// </summary>
public sealed class ClaimRoute(IGrainFactory grains, IClaimWriter writer, ClaimPlacement placement)
{
    /// <summary>A grain that does not answer by then lives on a server that is gone, or on one that is short of breath.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <param name="partition">0 to 15, of the unit's hash.</param>
    public async Task<ClaimAnswer> ClaimAsync(ClaimProposal proposal, int partition, CancellationToken cancellation)
    {
        var claim = proposal.GroupId is { } group
            ? grains.GetGrain<IMutexGroupGrain>(Key(group, partition)).ClaimAsync(proposal)
            : grains.GetGrain<IAssignmentGrain>(Key(proposal.ExperimentId, partition)).ClaimAsync(proposal);

        // A claim that is left behind does no harm: the next one of the unit finds what it committed.
        if (!placement.MayBeElsewhere)
        {
            return await claim.WaitAsync(cancellation);
        }

        try
        {
            return await claim.WaitAsync(Patience, cancellation);
        }
        catch (Exception exception) when (exception is TimeoutException || EngineFaults.IsOutOfReach(exception))
        {
            return await writer.ClaimAsync(proposal).WaitAsync(cancellation);
        }
    }

    private static string Key(long id, int partition) => string.Create(CultureInfo.InvariantCulture, $"{id}/{partition}");
}
