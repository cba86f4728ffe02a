using System.Text.Json;
using Splitstream.Api.Json;

namespace Splitstream.Api.Units;

/// <summary>Asks what is committed about a unit. Unknown fields are ignored.</summary>
/// <param name="UnitId">1 to 512 code points in NFC; echoed as sent.</param>
public sealed record UnitLookupRequest(string UnitId);

/// <summary>What is committed about a unit.</summary>
/// <param name="UnitId">As sent.</param>
/// <param name="Assignments">In the order of experiment keys.</param>
public sealed record UnitLookupResponse(string UnitId, IReadOnlyList<UnitRowResponse> Assignments);

/// <summary>One committed row.</summary>
public sealed record UnitRowResponse(string Experiment, string Variant, DateTime AssignedAt);

/// <summary>Asks for a unit's row to be deleted, so that it is decided anew. Unknown fields are refused.</summary>
public sealed record RebucketRequest(string UnitId, string Experiment);

/// <summary>What a rebucket undid.</summary>
/// <param name="Previous">Variant of the deleted row.</param>
/// <param name="Superseded">How many exposures no longer count.</param>
public sealed record RebucketResponse(string Previous, long Superseded);

/// <summary>Asks why a unit gets what it gets. Unknown fields are refused.</summary>
/// <param name="Attributes">What targeting looks at, by name.</param>
public sealed record ExplainRequest(string UnitId, string Experiment, IReadOnlyDictionary<string, JsonElement>? Attributes);

/// <summary>A decision step by step; nothing was written.</summary>
/// <param name="UnitId">As sent.</param>
/// <param name="Variant">Null when the unit is not in the experiment.</param>
/// <param name="Reason">Reason code of the step that answered.</param>
/// <param name="Steps">In the order of the rule, up to the one that answered.</param>
public sealed record ExplainResponse(
    string UnitId,
    string Experiment,
    string? Variant,
    string Reason,
    RawJson Payload,
    DateTime? AssignedAt,
    IReadOnlyList<ExplainStepResponse> Steps);

/// <summary>One step of a decision.</summary>
/// <param name="Step">The reason code that this step would answer with.</param>
/// <param name="Applies">True for the step that answered.</param>
/// <param name="Detail">What the step looked at, with its inputs, as one sentence.</param>
public sealed record ExplainStepResponse(string Step, bool Applies, string Detail);
