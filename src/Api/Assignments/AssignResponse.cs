using System.Text.Json.Serialization;
using Splitstream.Api.Json;

namespace Splitstream.Api.Assignments;

/// <summary>The variants of one unit.</summary>
/// <param name="UnitId">As sent.</param>
/// <param name="Assignments">In the order asked for, or by key for all running experiments.</param>
public sealed record AssignResponse(string UnitId, IReadOnlyList<AssignmentResponse> Assignments);

/// <summary>The variants of many units, in the order of the request.</summary>
public sealed record AssignBatchResponse(IReadOnlyList<AssignResponse> Units);

/// <summary>The answer for one unit and one experiment.</summary>
/// <param name="Experiment">As sent.</param>
/// <param name="Variant">Null when the unit is not in the experiment.</param>
/// <param name="Reason">
/// <c>experiment_not_found</c>, <c>not_running</c>, <c>override</c>, <c>sticky</c>, <c>holdout</c>, <c>concluded</c>, <c>not_targeted</c>,
/// <c>layer_excluded</c>, <c>not_in_traffic</c>, <c>mutex_holdout</c>, <c>assigned</c> or <c>unavailable</c>.
/// </param>
/// <param name="Payload">The variant's payload as it was stored; null for none.</param>
/// <param name="AssignedAt">When the row was committed; null when there is no row.</param>
/// <param name="Stale">Present and true when a server that is cut off from its database answered from memory; else absent.</param>
public sealed record AssignmentResponse(
    string Experiment,
    string? Variant,
    string Reason,
    RawJson Payload,
    DateTime? AssignedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Stale);
