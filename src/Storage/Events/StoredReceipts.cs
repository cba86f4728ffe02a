using Npgsql;
using Splitstream.Grains.Interfaces.Events;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Events;

/// <summary>The idempotency keys of a group: which requests are new, and what the repeats were answered.</summary>
internal sealed class StoredReceipts
{
    private readonly Dictionary<int, IngestReceipt> _answered = [];
    private readonly Dictionary<int, int> _repeatOf = [];

    /// <summary>Claims the keys of the group. The earlier of two requests of the group with one key is the new one.</summary>
    public static async Task<StoredReceipts> ClaimAsync(NpgsqlConnection open, IReadOnlyList<PendingBatch> group)
    {
        var receipts = new StoredReceipts();
        var first = new SortedDictionary<(string Source, string Key), int>();
        for (var i = 0; i < group.Count; i++)
        {
            if (group[i].Batch is { BatchKey: { } key } batch && !first.TryAdd((batch.Source, key), i))
            {
                receipts._repeatOf[i] = first[(batch.Source, key)];
            }
        }

        if (first.Count > 0)
        {
            await receipts.ClaimAsync(open, group, [.. first.Values]);
        }

        return receipts;
    }

    /// <summary>True for a request whose items are to be stored.</summary>
    public bool IsFresh(int index) => !_answered.ContainsKey(index) && !_repeatOf.ContainsKey(index);

    /// <summary>Gives the repeats the receipts of the requests that they repeat.</summary>
    public void FillRepeats(IngestReceipt[] prepared)
    {
        foreach (var (index, receipt) in _answered)
        {
            prepared[index] = receipt;
        }

        foreach (var (index, original) in _repeatOf)
        {
            prepared[index] = prepared[original];
        }
    }

    /// <summary>Stores the receipts of the new requests that have a key.</summary>
    public async Task KeepAsync(NpgsqlConnection open, IReadOnlyList<PendingBatch> group, IngestReceipt[] prepared)
    {
        var kept = Enumerable.Range(0, group.Count).Where(i => IsFresh(i) && group[i].Batch.BatchKey is not null).ToArray();
        if (kept.Length == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(
            """
            UPDATE ingest_receipts r SET receipt = w.receipt::jsonb
            FROM unnest($1::text[], $2::text[], $3::text[]) AS w (source, batch_key, receipt)
            WHERE r.source = w.source AND r.batch_key = w.batch_key
            """,
            open);
        command.Parameters.Add(new() { Value = Array.ConvertAll(kept, i => group[i].Batch.Source) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(kept, i => group[i].Batch.BatchKey!) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(kept, i => ConfigurationJson.Write(prepared[i])) });
        await command.ExecuteNonQueryAsync();
    }

    private async Task ClaimAsync(NpgsqlConnection open, IReadOnlyList<PendingBatch> group, int[] indices)
    {
        var sources = Array.ConvertAll(indices, i => group[i].Batch.Source);
        var keys = Array.ConvertAll(indices, i => group[i].Batch.BatchKey!);
        await using var claim = new NpgsqlCommand(
            """
            INSERT INTO ingest_receipts (source, batch_key, received_at)
            SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS w (source, batch_key, received_at)
            ORDER BY w.source COLLATE "C", w.batch_key COLLATE "C"
            ON CONFLICT DO NOTHING
            """,
            open);
        claim.Parameters.Add(new() { Value = sources });
        claim.Parameters.Add(new() { Value = keys });
        claim.Parameters.Add(new() { Value = Array.ConvertAll(indices, i => group[i].Batch.ReceivedAt.UtcDateTime) });
        if (await claim.ExecuteNonQueryAsync() == indices.Length)
        {
            return;
        }

        // The receipt is null only in the rows that this transaction has just written.
        await using var read = new NpgsqlCommand(
            """
            SELECT w.n, r.receipt::text FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (source, batch_key, n)
            JOIN ingest_receipts r ON r.source = w.source AND r.batch_key = w.batch_key
            WHERE r.receipt IS NOT NULL
            """,
            open);
        read.Parameters.Add(new() { Value = sources });
        read.Parameters.Add(new() { Value = keys });
        await using var reader = await read.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            _answered[indices[reader.GetInt64(0) - 1]] = ConfigurationJson.Read<IngestReceipt>(reader.GetString(1));
        }
    }
}
