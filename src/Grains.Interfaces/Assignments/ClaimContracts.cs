using Orleans;

namespace Splitstream.Grains.Interfaces.Assignments;

/// <summary>What a node wants committed: this unit, this variant, decided under this version and epoch.</summary>
/// <param name="Version">Version of the experiment that decided. The commit is refused when it is no longer the current one.</param>
[GenerateSerializer, Alias("splitstream.claim-proposal")]
public sealed record ClaimProposal(
    [property: Id(0)] long ExperimentId,
    [property: Id(1)] string UnitId,
    [property: Id(2)] string Variant,
    [property: Id(3)] int Epoch,
    [property: Id(4)] long Version,
    [property: Id(5)] long? GroupId);

public enum ClaimStatus
{
    /// <summary>The row stands, by this proposal or by an earlier one.</summary>
    Assigned,

    /// <summary>Another experiment of the group holds the unit.</summary>
    HeldByAnother,

    /// <summary>The version is no longer current or the experiment no longer runs: reload and decide again.</summary>
    Stale,
}

/// <summary>What stands in the database after the commit.</summary>
/// <param name="Variant">The row's variant, whoever wrote it; null without a row.</param>
/// <param name="IsNew">True when this proposal wrote the row.</param>
/// <param name="HolderId">Experiment that holds the unit in the group; null without a group.</param>
/// <param name="IsEnding">True when the row is about to end and must not be remembered.</param>
[GenerateSerializer, Alias("splitstream.claim-answer")]
public sealed record ClaimAnswer(
    [property: Id(0)] ClaimStatus Status,
    [property: Id(1)] string? Variant,
    [property: Id(2)] int Epoch,
    [property: Id(3)] DateTimeOffset? AssignedAt,
    [property: Id(4)] bool IsNew,
    [property: Id(5)] long? HolderId,
    [property: Id(6)] bool IsEnding = false);

/// <summary>First claims of the units of one experiment and one partition (key: experiment id, a slash, partition 0 to 15).</summary>
[Alias("splitstream.IAssignmentGrain")]
public interface IAssignmentGrain : IGrainWithStringKey
{
    /// <summary>Commits the proposal or finds what was committed before. Answers after the commit.</summary>
    [Alias("Claim")]
    Task<ClaimAnswer> ClaimAsync(ClaimProposal proposal);
}
