using Splitstream.Grains.Interfaces.Assignments;

namespace Splitstream.Storage.Assignments;

/// <summary>Commits claims; the one of a process serves all its grains.</summary>
public interface IClaimWriter
{
    /// <summary>Answers after the commit.</summary>
    /// <exception cref="Grains.Interfaces.Errors.StorageUnavailableException">Not committed, or in doubt: the same call is harmless later.</exception>
    Task<ClaimAnswer> ClaimAsync(ClaimProposal proposal);
}
