using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Splitstream.Api.Auth;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Catalog;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Events;

namespace Splitstream.Api.Events;

/// <summary>The way in for exposures and events, and the ledger of what came.</summary>
internal sealed class IngestEndpoints(IEventBuffer buffer, IIngestLedger ledger, KeyGate gate, IApiKeyRing ring, IFreshness freshness, TimeProvider time)
{
    private const string Tag = "Ingest";
    private const string Says =
        "A list of up to 1,000 items, or one item as the body itself. 202 means durable; refused items come back by index. " +
        "Beacons send text/plain with a top-level clientKey.";

    private static readonly Problem BadBatchKey = new(
        ErrorCode.MalformedRequest, $"Idempotency-Key must have 1 to {Limits.ItemIdMaxCharacters} visible ASCII characters.");

    private static readonly ErrorCode[] Refusals = [ErrorCode.AllTooOld, ErrorCode.AllInvalid, ErrorCode.BufferFull];

    public void Map(RouteTable routes)
    {
        routes.Map("POST", "/v1/exposures", ApiScopes.Ingest, (context, key) => IngestAsync(context, key, IngestKind.Exposure), "sendExposures", Tag, "Send exposures",
                RouteAccess.ClientsAndBeacons, isIdempotent: true, refusals: Refusals)
            .Says(Says)
            .Takes<ExposuresRequest>(false, "text/plain")
            .Answers<IngestResponse>(StatusCodes.Status202Accepted);
        routes.Map("POST", "/v1/events", ApiScopes.Ingest, (context, key) => IngestAsync(context, key, IngestKind.Event), "sendEvents", Tag, "Send events",
                RouteAccess.ClientsAndBeacons, isIdempotent: true, refusals: Refusals)
            .Says(Says)
            .Takes<EventsRequest>(false, "text/plain")
            .Answers<IngestResponse>(StatusCodes.Status202Accepted);
        routes.Map("GET", "/v1/ledger", ApiScopes.Read | ApiScopes.Manage, (context, _) => LedgerAsync(context), "readLedger", Tag, "Everything received, accounted for")
            .Answers<LedgerResponse>();
    }

    private async Task IngestAsync(HttpContext context, ApiKey? key, IngestKind kind)
    {
        if (!TryReadBatchKey(context.Request, out string? batchKey))
        {
            await ProblemWriter.WriteAsync(context, BadBatchKey);
            return;
        }

        DateTimeOffset receivedAt = time.GetUtcNow();
        Outcome<JsonDocument> read = await RequestBody.ReadJsonAsync(context, time, allowPlainText: true);
        if (!read.IsOk)
        {
            Cors.AnswerRefusal(context, ring);
            await ProblemWriter.WriteAsync(context, read.Problem);
            return;
        }

        using JsonDocument document = read.Value;
        if (key is null && !freshness.IsAssured)
        {
            // The body may have taken long, and the key in it may have been revoked meanwhile.
            await freshness.EnsureAsync(context.RequestAborted);
        }

        Problem? refusal = key is null ? AdmitBeacon(context, document.RootElement, out key) : null;
        if (refusal is not null)
        {
            Cors.AnswerRefusal(context, ring);
            await ProblemWriter.WriteAsync(context, refusal);
            return;
        }

        Outcome<IngestBatch> batch = IngestParser.Parse(kind, document.RootElement, key!.Project, batchKey, receivedAt);
        if (!batch.IsOk)
        {
            await ProblemWriter.WriteAsync(context, batch.Problem);
            return;
        }

        // A batch without a valid item goes the same way, because the ledger accounts for everything received.
        Outcome<IngestReceipt> receipt = await buffer.AppendAsync(batch.Value, context.RequestAborted);
        Problem? problem = receipt.IsOk ? IngestParser.AllRefused(batch.Value) : receipt.Problem;
        await (problem is null
            ? JsonResponse.WriteAsync(context, StatusCodes.Status202Accepted, ToResponse(receipt.Value!), ApiJsonContext.Default.IngestResponse)
            : ProblemWriter.WriteAsync(context, problem));
    }

    private Problem? AdmitBeacon(HttpContext context, JsonElement body, out ApiKey? key)
    {
        string secret = body.ValueKind == JsonValueKind.Object
            && body.TryGetProperty("clientKey", out JsonElement field)
            && JsonTexts.TryGet(field, out string text)
                ? text
                : "";
        return gate.Admit(context, secret, ApiScopes.Ingest, isForClients: true, out key);
    }

    private async Task LedgerAsync(HttpContext context)
    {
        IReadOnlyList<LedgerEntry> entries = await ledger.ReadAsync(context.RequestAborted);
        var answer = new LedgerResponse([.. entries.Select(entry => new LedgerEntryResponse(
            entry.Kind, entry.Received, entry.Counted, entry.Duplicate, entry.Quarantined, entry.Rejected, entry.DeadLettered, entry.Pending, entry.Late))]);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, answer, ApiJsonContext.Default.LedgerResponse);
    }

    private static IngestResponse ToResponse(IngestReceipt receipt) => new(
        receipt.Accepted,
        receipt.Duplicates,
        receipt.Late,
        [.. receipt.Rejected.Select(item => new RejectedItemResponse(item.Index, item.Code.ToCode(), item.Detail))]);

    /// <summary>The idempotency key, null without the header; false when it is there and unusable.</summary>
    private static bool TryReadBatchKey(HttpRequest request, out string? batchKey)
    {
        batchKey = null;
        if (!request.Headers.TryGetValue("Idempotency-Key", out var values))
        {
            return true;
        }

        batchKey = values.ToString();
        return batchKey.Length is >= 1 and <= Limits.ItemIdMaxCharacters && !batchKey.AsSpan().ContainsAnyExceptInRange('!', '~');
    }
}
