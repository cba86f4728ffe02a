using Orleans;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Storage.Assignments;

namespace Splitstream.Grains.Assignments;

/// <summary>
/// What the partitions that take claims have in common. Each gives up its place after its tenure and is placed anew by the next claim, so
/// that servers which joined meanwhile get their share even of partitions that are never idle.
/// </summary>
public abstract class ClaimGrain(IClaimWriter writer, ClaimPlacement placement) : Grain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(Leave, placement.Tenure, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public Task<ClaimAnswer> ClaimAsync(ClaimProposal proposal) => writer.ClaimAsync(proposal);

    private Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
