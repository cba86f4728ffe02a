using System.Collections.Immutable;
using System.Text.Json;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Events;

namespace Splitstream.Api.Events;

/// <summary>Splits the body of an ingest request into items and checks each by <see cref="ItemRules"/>. A bad item never costs the batch.</summary>
internal static class IngestParser
{
    /// <summary>Errors listed when nothing in a batch was valid.</summary>
    private const int ErrorsListed = 50;

    /// <summary>The items of a request, valid and refused ones, or why it holds no items at all.</summary>
    public static Outcome<IngestBatch> Parse(IngestKind kind, JsonElement body, string source, string? batchKey, DateTimeOffset receivedAt)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return Problem.Invalid("", "The body must be an object.");
        }

        string name = ListName(kind);
        if (!body.TryGetProperty(name, out JsonElement list))
        {
            return Check(kind, [body], source, batchKey, receivedAt);
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            return Problem.Invalid("/" + name, $"{name} must be a list of 1 to {Limits.ItemsPerBatch} items.");
        }

        return list.GetArrayLength() > Limits.ItemsPerBatch
            ? new Problem(ErrorCode.RequestTooLarge, $"{name} has {list.GetArrayLength()} items; the limit is {Limits.ItemsPerBatch}.")
            : Check(kind, list.EnumerateArray(), source, batchKey, receivedAt);
    }

    /// <summary>The answer when not a single item is valid; null when one is. The ledger counts such a batch like any other.</summary>
    public static Problem? AllRefused(IngestBatch batch)
    {
        if (!batch.Exposures.IsEmpty || !batch.Events.IsEmpty)
        {
            return null;
        }

        return batch.Rejected.All(item => item.Code == ErrorCode.TooOld)
            ? new Problem(ErrorCode.AllTooOld, $"Every item is more than {Limits.OldestItem.TotalDays:0} days old. Nothing was stored.")
            : new Problem(
                ErrorCode.AllInvalid,
                "Every item is invalid. Nothing was stored.",
                [.. batch.Rejected.Take(ErrorsListed).Select(item => new FieldError($"/{ListName(batch.Kind)}/{item.Index}", item.Detail))]);
    }

    private static string ListName(IngestKind kind) => kind == IngestKind.Exposure ? "exposures" : "events";

    private static IngestBatch Check(IngestKind kind, IEnumerable<JsonElement> items, string source, string? batchKey, DateTimeOffset receivedAt)
    {
        ImmutableArray<ExposureItem>.Builder exposures = ImmutableArray.CreateBuilder<ExposureItem>();
        ImmutableArray<EventItem>.Builder events = ImmutableArray.CreateBuilder<EventItem>();
        ImmutableArray<RejectedItem>.Builder rejected = ImmutableArray.CreateBuilder<RejectedItem>();
        int index = 0;
        foreach (JsonElement item in items)
        {
            if (kind == IngestKind.Exposure)
            {
                Sort(ItemRules.Exposure(index, item, receivedAt), exposures, rejected);
            }
            else
            {
                Sort(ItemRules.Event(index, item, receivedAt), events, rejected);
            }

            index++;
        }

        return new IngestBatch(source, batchKey, receivedAt, exposures.ToImmutable(), events.ToImmutable(), rejected.ToImmutable()) { Kind = kind };
    }

    private static void Sort<T>(ItemCheck<T> check, ImmutableArray<T>.Builder items, ImmutableArray<RejectedItem>.Builder rejected)
        where T : class
    {
        if (check.Refusal is { } refusal)
        {
            rejected.Add(refusal);
        }
        else
        {
            items.Add(check.Item!);
        }
    }
}
