using Splitstream.Bucketing;

namespace Splitstream.Grains.Interfaces.Assignments;

/// <summary>The answer for one unit and one experiment.</summary>
/// <param name="Experiment">The key as the caller wrote it.</param>
/// <param name="Variant">Null when the unit is not in the experiment.</param>
/// <param name="PayloadJson">JSON text of the variant's payload; null for none.</param>
/// <param name="AssignedAt">When the row was committed; null when there is no row.</param>
/// <param name="Stale">True when a node that is cut off from the database answered from its cache.</param>
public readonly record struct UnitAssignment(
    string Experiment, string? Variant, DecisionReason Reason, string? PayloadJson, DateTimeOffset? AssignedAt, bool Stale = false);
