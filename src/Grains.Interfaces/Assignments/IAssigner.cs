using System.Collections.Immutable;
using Splitstream.Bucketing;

namespace Splitstream.Grains.Interfaces.Assignments;

/// <summary>
/// The hot path: decides from the catalog and the sticky cache of this process, and asks a grain only for a unit that it does not know.
/// </summary>
public interface IAssigner
{
    /// <summary>Answers for the named experiments in the order given, or for all running ones when null. Commits what is new first.</summary>
    /// <param name="dryRun">True answers what would happen and writes nothing.</param>
    /// <exception cref="Errors.StorageUnavailableException">A unit that is not known needs the database, and it cannot be reached.</exception>
    ValueTask<ImmutableArray<UnitAssignment>> AssignAsync(
        UnitId unit, IReadOnlyList<string>? experiments, AttributeSet attributes, bool dryRun, CancellationToken cancellation);

    /// <summary>The decision for one experiment step by step, in the order of the rule; writes nothing. Null for an unknown experiment.</summary>
    Task<Explanation?> ExplainAsync(UnitId unit, string experiment, AttributeSet attributes, CancellationToken cancellation);
}

/// <summary>Why a unit gets what it gets.</summary>
/// <param name="Steps">Those that were tried, the last of which applied.</param>
public sealed record Explanation(UnitAssignment Assignment, IReadOnlyList<DecisionStep> Steps);
