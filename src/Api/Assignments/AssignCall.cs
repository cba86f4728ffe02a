using Splitstream.Bucketing;

namespace Splitstream.Api.Assignments;

/// <summary>A parsed and valid <c>POST /v1/assign</c>.</summary>
/// <param name="SentUnitId">As sent, for the echo.</param>
/// <param name="Experiments">Null for all running ones.</param>
internal readonly record struct AssignCall(
    string SentUnitId, UnitId Unit, IReadOnlyList<string>? Experiments, AttributeSet Attributes, bool DryRun);
