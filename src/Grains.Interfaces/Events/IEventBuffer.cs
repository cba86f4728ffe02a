using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Grains.Interfaces.Events;

/// <summary>The way in for exposures and events. A returned receipt means durable.</summary>
public interface IEventBuffer
{
    /// <summary>Refuses with <see cref="ErrorCode.BufferFull"/> beyond the bound on waiting items.</summary>
    /// <exception cref="StorageUnavailableException">Nothing was acknowledged; the client may send the same batch again.</exception>
    Task<Outcome<IngestReceipt>> AppendAsync(IngestBatch batch, CancellationToken cancellation);
}

/// <summary>received = counted + duplicate + quarantined + rejected + dead-lettered + pending, disjoint, to the item.</summary>
/// <param name="Kind"><c>exposure</c> or <c>event</c>.</param>
/// <param name="Late">Of the counted ones.</param>
public sealed record LedgerEntry(
    string Kind, long Received, long Counted, long Duplicate, long Quarantined, long Rejected, long DeadLettered, long Pending, long Late);

/// <summary>Reads the ledger of ingest.</summary>
public interface IIngestLedger
{
    Task<IReadOnlyList<LedgerEntry>> ReadAsync(CancellationToken cancellation);
}
