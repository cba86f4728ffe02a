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

    /// <summary>The items of a request, or why it is refused as a whole.</summary>
    public static Outcome<IngestBatch> Parse(IngestKind kind, JsonElement body, string source, string? batchKey, DateTimeOffset receivedAt)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return Problem.Invalid("", "The body must be an object.");
        }

        string name = kind == IngestKind.Exposure ? "exposures" : "events";
        IngestBatch batch;
        int count;
        if (!body.TryGetProperty(name, out JsonElement list))
        {
            batch = Check(kind, [body], source, batchKey, receivedAt);
            count = 1;
        }
        else if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            return Problem.Invalid("/" + name, $"{name} must be a list of 1 to {Limits.ItemsPerBatch} items.");
        }
        else if (list.GetArrayLength() > Limits.ItemsPerBatch)
        {
            return new Problem(ErrorCode.RequestTooLarge, $"{name} has {list.GetArrayLength()} items; the limit is {Limits.ItemsPerBatch}.");
        }
        else
        {
            batch = Check(kind, list.EnumerateArray(), source, batchKey, receivedAt);
            count = list.GetArrayLength();
        }

        return batch.Rejected.Length == count ? AllRefused(name, batch.Rejected) : batch;
    }

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

        return new IngestBatch(source, batchKey, receivedAt, exposures.ToImmutable(), events.ToImmutable(), rejected.ToImmutable());
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

    private static Problem AllRefused(string name, ImmutableArray<RejectedItem> rejected)
    {
        if (rejected.All(item => item.Code == ErrorCode.TooOld))
        {
            return new Problem(ErrorCode.AllTooOld, $"Every item is more than {Limits.OldestItem.TotalDays:0} days old. Nothing was stored.");
        }

        return new Problem(
            ErrorCode.AllInvalid,
            "Every item is invalid. Nothing was stored.",
            [.. rejected.Take(ErrorsListed).Select(item => new FieldError($"/{name}/{item.Index}", item.Detail))]);
    }
}
