using Npgsql;
using Splitstream.Grains.Interfaces.Events;

namespace Splitstream.Storage.Events;

/// <summary>The ledger of this buffer: totals of the aggregated batches and the counts of the others, read in one snapshot.</summary>
/// <remarks>Nothing acknowledged is pending: this buffer answers after the commit, which decides every item.</remarks>
public sealed class IngestLedger(NpgsqlDataSource database) : IIngestLedger
{
    private const string Query =
        """
        SELECT kind, sum(received)::bigint, sum(counted)::bigint, sum(duplicate)::bigint, sum(quarantined)::bigint, sum(rejected)::bigint,
               sum(dead)::bigint, sum(late)::bigint
        FROM (
            SELECT kind, received, counted, duplicate, quarantined, rejected, dead, late FROM ingest_ledger
            UNION ALL
            SELECT 0, exposure_received, exposure_counted, exposure_duplicate, exposure_quarantined, exposure_rejected, exposure_dead,
                   exposure_late FROM batches
            UNION ALL
            SELECT 1, event_received, event_counted, event_duplicate, event_quarantined, event_rejected, event_dead, event_late FROM batches
        ) counts
        GROUP BY kind ORDER BY kind
        """;

    public async Task<IReadOnlyList<LedgerEntry>> ReadAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Query);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var entries = new List<LedgerEntry>();
        while (await reader.ReadAsync(cancellation))
        {
            entries.Add(new LedgerEntry(
                reader.GetInt32(0) == (int)IngestKind.Exposure ? "exposure" : "event",
                Received: reader.GetInt64(1),
                Counted: reader.GetInt64(2),
                Duplicate: reader.GetInt64(3),
                Quarantined: reader.GetInt64(4),
                Rejected: reader.GetInt64(5),
                DeadLettered: reader.GetInt64(6),
                Pending: 0,
                Late: reader.GetInt64(7)));
        }

        return entries;
    }
}
