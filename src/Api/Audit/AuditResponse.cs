using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces.Audit;

namespace Splitstream.Api.Audit;

/// <summary>One link of an audit chain.</summary>
/// <param name="Chain"><c>experiment:</c> and a key, or <c>global</c>.</param>
/// <param name="Sequence">1, 2, 3, ... without a gap within the chain.</param>
/// <param name="Actor">Name of the API key, or <c>system</c>.</param>
/// <param name="Detail">What was done; unit ids appear only as HMAC.</param>
/// <param name="Hash">SHA-256, in hex, over the previous hash and this entry.</param>
public sealed record AuditEntryResponse(
    string Chain, long Sequence, DateTime At, string Actor, string Action, RawJson Detail, string PreviousHash, string Hash)
{
    internal static AuditEntryResponse From(AuditEntry entry) => new(
        entry.Chain, entry.Sequence, entry.At.UtcDateTime, entry.Actor, entry.Action, new RawJson(entry.DetailJson), entry.PreviousHash, entry.Hash);
}

/// <summary>A page of audit entries, the oldest first.</summary>
/// <param name="NextCursor">Null on the last page.</param>
public sealed record AuditListResponse(IReadOnlyList<AuditEntryResponse> Items, string? NextCursor);
