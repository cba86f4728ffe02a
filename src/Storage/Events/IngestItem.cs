using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Events;

namespace Splitstream.Storage.Events;

/// <summary>What became of one item in a transaction.</summary>
internal enum ItemFate
{
    /// <summary>Not decided yet.</summary>
    Open,
    Counted,
    Quarantined,
    Duplicate,

    /// <summary>The id is taken by other content.</summary>
    IdReused,

    /// <summary>The database refused the content.</summary>
    Dead,
}

/// <summary>One exposure or event on its way into the tables, and what became of it.</summary>
internal sealed class IngestItem
{
    private IngestItem(PendingBatch owner, IngestKind kind, int index, string? id, DateTimeOffset occurredAt)
    {
        Owner = owner;
        Kind = kind;
        Index = index;
        Id = id;
        OccurredAt = occurredAt.UtcDateTime;
        IsLate = owner.Batch.ReceivedAt - occurredAt > Limits.LateItem;
    }

    public PendingBatch Owner { get; }

    public IngestKind Kind { get; }

    public int Index { get; }

    public string? Id { get; }

    public DateTime OccurredAt { get; }

    public bool IsLate { get; }

    public Guid ContentHash { get; private init; }

    public ExposureItem? Exposure { get; private init; }

    public EventItem? Event { get; private init; }

    public ItemFate Fate { get; set; }

    /// <summary>Why the database refused it; set with <see cref="ItemFate.Dead"/>.</summary>
    public string? DeathReason { get; set; }

    public ExposureVerdict Verdict { get; set; }

    public static IngestItem Of(PendingBatch owner, ExposureItem item) =>
        new(owner, IngestKind.Exposure, item.Index, item.Id, item.OccurredAt)
        {
            Exposure = item,
            ContentHash = item.Id is null ? default : Hash(item.OccurredAt, item.UnitId, item.Experiment, item.Variant, item.AttributesJson, Sender(item)),
        };

    public static IngestItem Of(PendingBatch owner, EventItem item) =>
        new(owner, IngestKind.Event, item.Index, item.Id, item.OccurredAt)
        {
            Event = item,
            ContentHash = item.Id is null ? default : Hash(item.OccurredAt, item.UnitId, item.Name, item.PropertiesJson),
        };

    /// <summary>Why the texts that go into queries cannot be stored; null when they can. Validated items have no such fault.</summary>
    /// <remarks>Told here and not by the database, because a driver that prepares statements may lose its place when parameters fail.</remarks>
    public string? FindTextFault() => Exposure is { } exposure
        ? StorableText.FindFault(Id, exposure.UnitId, exposure.Experiment, exposure.Variant, exposure.AttributesJson, exposure.Sdk)
        : StorableText.FindFault(Id, Event!.UnitId, Event.Name, Event.PropertiesJson);

    public void Reset()
    {
        Fate = ItemFate.Open;
        DeathReason = null;
        Verdict = default;
    }

    /// <summary>A text that no sdk can be tells a bot, because none contains U+0000.</summary>
    private static string? Sender(ExposureItem item) => item.IsBot ? item.Sdk + "\0bot" : item.Sdk;

    /// <summary>Half of a SHA-256 over the content, each part led by its length so that no two contents have the same bytes.</summary>
    /// <remarks>The last two are left out together where neither is given, so that ids from before there were any keep their content.</remarks>
    private static Guid Hash(
        DateTimeOffset occurredAt, string first, string second, string? third, string? fourth = null, string? fifth = null)
    {
        var characters = first.Length + second.Length + (third?.Length ?? 0) + (fourth?.Length ?? 0) + (fifth?.Length ?? 0);
        var bytes = ArrayPool<byte>.Shared.Rent(28 + Encoding.UTF8.GetMaxByteCount(characters));
        try
        {
            // Whole microseconds: what the database keeps of the time.
            BinaryPrimitives.WriteInt64LittleEndian(bytes, occurredAt.UtcTicks / TimeSpan.TicksPerMicrosecond);
            var length = 8;
            Append(bytes, ref length, first);
            Append(bytes, ref length, second);
            Append(bytes, ref length, third);
            if (fourth is not null || fifth is not null)
            {
                Append(bytes, ref length, fourth);
                Append(bytes, ref length, fifth);
            }

            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(bytes.AsSpan(0, length), digest);
            return new Guid(digest[..16]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static void Append(byte[] bytes, ref int length, string? part)
    {
        var written = part is null ? -1 : Encoding.UTF8.GetBytes(part, bytes.AsSpan(length + 4));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(length), written);
        length += 4 + Math.Max(written, 0);
    }
}
