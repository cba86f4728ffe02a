using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Grains.Interfaces.Events;

/// <summary>One exposure, valid by itself. The unit id is in NFC.</summary>
/// <param name="Index">Position in the request, for answers that name it.</param>
/// <param name="Id">Chosen by the client and deduplicated for 30 days; null when the client gave none.</param>
/// <param name="AttributesJson">JSON object of strings, numbers and booleans as text; null for none.</param>
/// <param name="Sdk">What sent it; null when it did not say.</param>
/// <param name="IsBot">Whoever sent it knows that the unit is no person: it leaves the analysis of this experiment.</param>
public sealed record ExposureItem(
    int Index,
    string? Id,
    string UnitId,
    string Experiment,
    string Variant,
    DateTimeOffset OccurredAt,
    string? AttributesJson = null,
    string? Sdk = null,
    bool IsBot = false);

/// <summary>One event, valid by itself. The unit id is in NFC.</summary>
/// <param name="PropertiesJson">JSON object as text; null for none.</param>
public sealed record EventItem(int Index, string? Id, string UnitId, string Name, DateTimeOffset OccurredAt, string? PropertiesJson);

/// <summary>The items of one request that are valid by themselves, and those that are not. Holds exposures or events, never both.</summary>
/// <param name="Source">Project of the API key: ids are unique within it.</param>
/// <param name="BatchKey">Idempotency key of the request; a repeat gets the stored receipt. Null for none.</param>
/// <param name="ReceivedAt">Server time of receipt, which decides late and too old.</param>
/// <param name="Rejected">Refused before the buffer saw them; the ledger counts them.</param>
public sealed record IngestBatch(
    string Source,
    string? BatchKey,
    DateTimeOffset ReceivedAt,
    ImmutableArray<ExposureItem> Exposures,
    ImmutableArray<EventItem> Events,
    ImmutableArray<RejectedItem> Rejected)
{
    /// <summary>What the batch holds; told by its items, and to be set where all of them were refused.</summary>
    public IngestKind Kind { get; init; } = Exposures.IsDefaultOrEmpty ? IngestKind.Event : IngestKind.Exposure;
}

/// <summary>The two kinds of items. The numbers are stored.</summary>
public enum IngestKind : short
{
    Exposure = 0,
    Event = 1,
}

/// <summary>A refused item.</summary>
public sealed record RejectedItem(int Index, ErrorCode Code, string Detail);

/// <summary>What became of a batch; the 202 answer.</summary>
/// <param name="Accepted">Stored now, late ones included; duplicates and rejected ones are not. Quarantined ones are.</param>
/// <param name="Late">Of the accepted ones, those older than 7 days at receipt.</param>
public sealed record IngestReceipt(int Accepted, int Duplicates, int Late, ImmutableArray<RejectedItem> Rejected);
