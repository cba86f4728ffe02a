using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Splitstream.Cli.Server;

/// <summary>A refusal of the server: RFC 9457 problem details, or what could be read of them.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The stable code for programs; `http_NNN` when the answer had none.</param>
/// <param name="Detail">The sentence for people.</param>
/// <param name="Errors">JSON pointers into the input with their messages, as one line each; may be empty.</param>
public sealed record ApiProblem(HttpStatusCode Status, string Code, string Detail, IReadOnlyList<string> Errors)
{
    private const int ShownBodyCharacters = 300;

    /// <summary>Reads an answer that was no success.</summary>
    public static ApiProblem Parse(HttpStatusCode status, string body)
    {
        JsonObject? json = null;
        try
        {
            json = JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            // A proxy answered in HTML; its words are shown as they are.
        }

        var errors = new List<string>();
        foreach (var (pointer, messages) in json?["errors"] as JsonObject ?? [])
        {
            errors.Add($"{pointer}: {(messages is JsonArray list ? string.Join(' ', list.Select(m => m?.ToString())) : messages)}");
        }

        var detail = json?["detail"]?.ToString() ?? json?["title"]?.ToString()
            ?? (body.Length > ShownBodyCharacters ? body[..ShownBodyCharacters] : body).Trim();
        return new ApiProblem(status, json?["code"]?.ToString() ?? $"http_{(int)status}", detail, errors);
    }

    /// <summary>The refusal as a failure of the verb.</summary>
    public CliException ToException(string what)
    {
        var lines = Errors.Count == 0 ? null : string.Join('\n', Errors.Select(e => $"  {e}"));
        var hint = Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? "Check the key (--key or SPLITSTREAM_KEY); this needs an admin key." : null;
        var parts = new[] { lines, hint }.Where(part => part is not null).ToArray();
        return new CliException($"{what}: {Code} ({(int)Status}). {Detail}", parts.Length == 0 ? null : string.Join('\n', parts));
    }
}
