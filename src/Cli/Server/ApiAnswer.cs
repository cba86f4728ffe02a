using System.Text.Json.Nodes;

namespace Splitstream.Cli.Server;

/// <summary>What the server said: a JSON document, or a refusal.</summary>
/// <param name="Body">The document of a success; null for an empty one and for refusals.</param>
/// <param name="Problem">The refusal; null for a success.</param>
public sealed record ApiAnswer(JsonNode? Body, ApiProblem? Problem)
{
    /// <summary>The document, or the refusal as a failure that begins with <paramref name="what"/>.</summary>
    public JsonNode Require(string what) =>
        Problem is not null ? throw Problem.ToException(what) : Body ?? throw new CliException($"{what}: the server's answer is empty.");
}
