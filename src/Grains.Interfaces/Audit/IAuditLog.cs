namespace Splitstream.Grains.Interfaces.Audit;

/// <summary>One link of an audit chain.</summary>
/// <param name="Chain"><c>experiment:</c> and a key, or <c>global</c>.</param>
/// <param name="Sequence">1, 2, 3, ... without a gap.</param>
/// <param name="DetailJson">JSON text; unit ids appear only as HMAC.</param>
/// <param name="Hash">SHA-256, in hex, over the previous hash and this entry.</param>
public sealed record AuditEntry(
    string Chain, long Sequence, DateTimeOffset At, string Actor, string Action, string DetailJson, string PreviousHash, string Hash);

/// <summary>Reads the audit. Every write of the platform appends to it in its own transaction.</summary>
public interface IAuditLog
{
    /// <summary>Entries of one chain in order, after a sequence number (exclusive).</summary>
    Task<IReadOnlyList<AuditEntry>> ReadAsync(string chain, long afterSequence, int limit, CancellationToken cancellation);

    /// <summary>Entries of all chains in the order they were written, after a global position (exclusive).</summary>
    Task<IReadOnlyList<(long Position, AuditEntry Entry)>> ReadAllAsync(long afterPosition, int limit, CancellationToken cancellation);
}
