using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Splitstream.Testing.History;

/// <summary>Asks servers as a client does and writes every request with its answer into the history. It never repeats one.</summary>
/// <param name="name">Who asks, as counter-examples print it.</param>
public sealed class HistoryClient(ClientHistory history, string name)
{
    private delegate T Read<out T>(Exchange exchange, JsonElement body);

    /// <param name="node">Knows the server's address and carries a key.</param>
    /// <param name="experiments">None for all running ones.</param>
    public Task<AssignRecord> AssignAsync(HttpClient node, string unit, params IReadOnlyList<string> experiments) => SendAsync(
        node, HttpMethod.Post, "/v1/assign",
        experiments.Count == 0 ? new { unitId = unit } : new { unitId = unit, experiments }, null,
        (exchange, body) => new AssignRecord(
            exchange, unit, experiments,
            exchange.IsDone ? [.. body.GetProperty("assignments").EnumerateArray().Select(ReadAnswer)] : []));

    public Task<RebucketRecord> RebucketAsync(HttpClient node, string unit, string experiment) => SendAsync(
        node, HttpMethod.Post, "/v1/units/rebucket", new { unitId = unit, experiment }, null,
        (exchange, body) =>
            new RebucketRecord(exchange, unit, experiment, exchange.IsDone ? body.GetProperty("previous").GetString() : null));

    /// <param name="body">The fields of an edit, or of a stop; null for none.</param>
    /// <param name="ifMatch">The version an edit is made from, with its quotes.</param>
    public Task<ChangeRecord> ChangeAsync(
        HttpClient node, string experiment, ChangeKind kind, object? body = null, string? ifMatch = null)
    {
        var path = $"/v1/experiments/{Uri.EscapeDataString(experiment)}";
        return SendAsync(
            node, kind == ChangeKind.Edit ? HttpMethod.Patch : HttpMethod.Post,
            kind == ChangeKind.Edit ? path : $"{path}/{kind.ToString().ToLowerInvariant()}", body, ifMatch,
            (exchange, answer) => new ChangeRecord(exchange, experiment, kind, exchange.IsDone ? OpenEpoch(answer) : null));
    }

    /// <param name="events">By id; the same id must always come with the same content.</param>
    public Task<IngestRecord> SendEventsAsync(HttpClient node, IReadOnlyList<(string Id, object Item)> events) =>
        IngestAsync(node, ItemKind.Event, events, new { events = events.Select(item => item.Item) });

    /// <param name="exposures">By id; the same id must always come with the same content.</param>
    public Task<IngestRecord> SendExposuresAsync(HttpClient node, IReadOnlyList<(string Id, object Item)> exposures) =>
        IngestAsync(node, ItemKind.Exposure, exposures, new { exposures = exposures.Select(item => item.Item) });

    private Task<IngestRecord> IngestAsync(HttpClient node, ItemKind kind, IReadOnlyList<(string Id, object Item)> items, object body)
    {
        string[] ids = [.. items.Select(item => item.Id)];
        return SendAsync(
            node, HttpMethod.Post, kind == ItemKind.Event ? "/v1/events" : "/v1/exposures", body, null,
            (exchange, answer) => new IngestRecord(
                exchange, kind, ids,
                exchange.IsDone
                    ? [.. answer.GetProperty("rejected").EnumerateArray().Select(item => ids[item.GetProperty("index").GetInt32()])]
                    : []));
    }

    private async Task<T> SendAsync<T>(HttpClient node, HttpMethod method, string path, object? body, string? ifMatch, Read<T> read)
        where T : HistoryRecord
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        var asked = node.BaseAddress!.Port.ToString(CultureInfo.InvariantCulture);
        var start = history.Now;
        int? status = null;
        var retryAfter = false;
        byte[] text = [];
        try
        {
            using var response = await node.SendAsync(request);
            text = await response.Content.ReadAsByteArrayAsync();
            status = (int)response.StatusCode;
            retryAfter = response.Headers.RetryAfter is not null;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            // The connection broke, or nothing came in time: what the request did is not known.
        }

        var exchange = new Exchange(start, history.Now, name, asked, status, retryAfter);
        using var answer = exchange.IsDone && text.Length > 0 ? JsonDocument.Parse(text) : null;
        var record = read(exchange, answer?.RootElement ?? default);
        history.Add(record);
        return record;
    }

    private static AssignAnswer ReadAnswer(JsonElement answer) => new(
        answer.GetProperty("experiment").GetString()!,
        answer.GetProperty("variant").GetString(),
        answer.GetProperty("reason").GetString()!,
        answer.GetProperty("assignedAt") is { ValueKind: JsonValueKind.String } at ? at.GetDateTimeOffset() : null,
        answer.TryGetProperty("stale", out var stale) && stale.GetBoolean());

    private static int? OpenEpoch(JsonElement experiment)
    {
        var open = experiment.GetProperty("epochs").EnumerateArray()
            .LastOrDefault(epoch => epoch.GetProperty("closedAt").ValueKind == JsonValueKind.Null);
        return open.ValueKind == JsonValueKind.Undefined ? null : open.GetProperty("number").GetInt32();
    }
}
