using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Storage.Assignments;

namespace Splitstream.Grains.Assignments;

/// <summary>
/// The claims that one activation has under way, by unit. A call for a unit whose claim is under way waits for it and then asks the
/// database, where the row is found; so one unit never has two claims in flight from one grain, while different units share commits.
/// </summary>
internal sealed class InFlightClaims(IClaimWriter writer)
{
    private readonly Dictionary<string, Task<ClaimAnswer>> _byUnit = new(StringComparer.Ordinal);

    /// <summary>Runs on the activation's turn, so the dictionary needs no lock.</summary>
    public async Task<ClaimAnswer> ClaimAsync(ClaimProposal proposal)
    {
        while (_byUnit.TryGetValue(proposal.UnitId, out var other))
        {
            // Whether it failed is its caller's business.
            await ((Task)other).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (other.IsCompletedSuccessfully && AnswerFor(proposal, other.Result) is { } answer)
            {
                return answer;
            }
        }

        var claim = writer.ClaimAsync(proposal);
        _byUnit.Add(proposal.UnitId, claim);
        try
        {
            return await claim;
        }
        finally
        {
            _byUnit.Remove(proposal.UnitId);
        }
    }

    /// <summary>What a row that was just committed says to another proposal for the same unit; null when it says nothing.</summary>
    private static ClaimAnswer? AnswerFor(ClaimProposal proposal, ClaimAnswer other) => other switch
    {
        { Status: ClaimStatus.Assigned, HolderId: null } => other with { IsNew = false },
        { Status: ClaimStatus.Assigned, HolderId: { } holder } when holder == proposal.ExperimentId => other with { IsNew = false },
        { HolderId: { } holder } when holder != proposal.ExperimentId =>
            new ClaimAnswer(ClaimStatus.HeldByAnother, null, 0, null, false, holder),
        _ => null,
    };
}
