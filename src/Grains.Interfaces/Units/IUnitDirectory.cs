using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Interfaces.Units;

/// <summary>What is committed about one unit over all experiments.</summary>
public interface IUnitDirectory
{
    /// <summary>All rows of the unit, in the order of experiment keys.</summary>
    Task<IReadOnlyList<UnitRow>> LookupAsync(UnitId unit, CancellationToken cancellation);

    /// <summary>
    /// Deletes the row (kept in history), supersedes the pair's exposures and audits it, in one transaction; the mutex claim stays. Answers
    /// when every node that could contradict it knows. Refuses with <see cref="ErrorCode.ExperimentNotFound"/> or
    /// <see cref="ErrorCode.AssignmentNotFound"/>.
    /// </summary>
    Task<Outcome<RebucketResult>> RebucketAsync(UnitId unit, string experiment, Actor actor, CancellationToken cancellation);
}

/// <summary>One committed row.</summary>
public sealed record UnitRow(string Experiment, string Variant, DateTimeOffset AssignedAt);

/// <param name="Previous">Variant of the deleted row.</param>
/// <param name="Superseded">How many exposures no longer count.</param>
public sealed record RebucketResult(string Previous, long Superseded);
