using System.Text.Json;

namespace Splitstream.Api.Assignments;

/// <summary>Asks for the variants of one unit. Unknown fields are ignored.</summary>
/// <param name="UnitId">1 to 512 code points in NFC; echoed as sent.</param>
/// <param name="Experiments">Keys to answer for, in this order, at most 200; all running experiments when absent.</param>
/// <param name="Attributes">What targeting looks at, by name.</param>
/// <param name="DryRun">True answers what would happen and writes nothing.</param>
public sealed record AssignRequest(
    string UnitId, IReadOnlyList<string>? Experiments, IReadOnlyDictionary<string, JsonElement>? Attributes, bool? DryRun);

/// <summary>Asks for the variants of many units. Unknown fields are ignored.</summary>
/// <param name="Units">1 to 1,000 units.</param>
/// <param name="Experiments">Keys to answer for, in this order, at most 200; all running experiments when absent.</param>
/// <param name="DryRun">True answers what would happen and writes nothing.</param>
public sealed record AssignBatchRequest(IReadOnlyList<AssignUnit> Units, IReadOnlyList<string>? Experiments, bool? DryRun);

/// <summary>One unit of a batch.</summary>
/// <param name="UnitId">1 to 512 code points in NFC; echoed as sent.</param>
/// <param name="Attributes">What targeting looks at, by name.</param>
public sealed record AssignUnit(string UnitId, IReadOnlyDictionary<string, JsonElement>? Attributes);
