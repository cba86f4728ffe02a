using System.Text.Json.Serialization;

namespace Splitstream.Api.Problems;

/// <summary>A refusal as RFC 9457 problem details.</summary>
/// <param name="Type">URN made of the code, e.g. <c>urn:splitstream:problem:stale-version</c>.</param>
/// <param name="Title">The code in words; the same for every occurrence.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">One sentence for people; may change between versions.</param>
/// <param name="Code">The stable code for programs; docs/errors.md has a paragraph for each.</param>
/// <param name="TraceId">Finds the request in the log of the server.</param>
/// <param name="Errors">For invalid input only: JSON pointers into the body, each with what is wrong there.</param>
public sealed record ProblemResponse(
    string Type,
    string Title,
    int Status,
    string Detail,
    string Code,
    string TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors);
