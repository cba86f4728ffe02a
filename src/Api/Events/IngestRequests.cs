using System.Text.Json;

namespace Splitstream.Api.Events;

/// <summary>A batch of exposures, up to 1,000; one exposure may also be sent as the body itself. Unknown fields are ignored.</summary>
/// <param name="ClientKey">Only in text/plain bodies (beacons): the API key.</param>
public sealed record ExposuresRequest(IReadOnlyList<ExposureRequestItem> Exposures, string? ClientKey);

/// <summary>The moment a unit could have felt its variant.</summary>
/// <param name="ExposureId">1 to 128 characters chosen by the client, deduplicated for 30 days; given by the server when absent.</param>
/// <param name="Timestamp">RFC 3339 with a zone; at most 30 days ago and 5 minutes ahead.</param>
/// <param name="Attributes">
/// Up to 50 strings, numbers and booleans of at most 256 characters. An experiment's segments are made of those of a unit's first exposure.
/// </param>
/// <param name="Sdk">What sent it, such as <c>web/1.4.0</c>; at most 64 characters.</param>
/// <param name="Bot">True when the sender knows that the unit is no person: the unit leaves the analysis of the experiment, counted by variant.</param>
public sealed record ExposureRequestItem(
    string? ExposureId,
    string UnitId,
    string Experiment,
    string Variant,
    DateTimeOffset Timestamp,
    IReadOnlyDictionary<string, JsonElement>? Attributes,
    string? Sdk,
    bool? Bot);

/// <summary>A batch of events, up to 1,000; one event may also be sent as the body itself. Unknown fields are ignored.</summary>
/// <param name="ClientKey">Only in text/plain bodies (beacons): the API key.</param>
public sealed record EventsRequest(IReadOnlyList<EventRequestItem> Events, string? ClientKey);

/// <summary>Something that a unit did.</summary>
/// <param name="EventId">1 to 128 characters chosen by the client, deduplicated for 30 days; given by the server when absent.</param>
/// <param name="Timestamp">RFC 3339 with a zone; at most 30 days ago and 5 minutes ahead.</param>
public sealed record EventRequestItem(
    string? EventId, string UnitId, string Name, DateTimeOffset Timestamp, IReadOnlyDictionary<string, JsonElement>? Properties);

/// <summary>What became of a batch.</summary>
/// <param name="Accepted">Stored now, late ones included; duplicates and rejected ones are not.</param>
/// <param name="Duplicates">Stored before under the same id.</param>
/// <param name="Late">Of the accepted ones, those older than 7 days.</param>
public sealed record IngestResponse(int Accepted, int Duplicates, int Late, IReadOnlyList<RejectedItemResponse> Rejected);

/// <summary>A refused item.</summary>
/// <param name="Index">Position in the request, from 0.</param>
/// <param name="Code"><c>invalid_item</c>, <c>too_old</c>, <c>in_future</c> or <c>id_reused</c>.</param>
public sealed record RejectedItemResponse(int Index, string Code, string Detail);

/// <summary>Everything that was ever received, accounted for.</summary>
public sealed record LedgerResponse(IReadOnlyList<LedgerEntryResponse> Items);

/// <summary>received = counted + duplicate + quarantined + rejected + deadLettered + pending, disjoint, to the item.</summary>
/// <param name="Kind"><c>exposure</c> or <c>event</c>.</param>
/// <param name="Late">Of the counted ones.</param>
public sealed record LedgerEntryResponse(
    string Kind, long Received, long Counted, long Duplicate, long Quarantined, long Rejected, long DeadLettered, long Pending, long Late);
