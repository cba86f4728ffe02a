using Npgsql;

namespace Splitstream.Storage.Events;

/// <summary>Claims the ids of a group, and tells the items whose ids were taken.</summary>
internal static class IngestIds
{
    // Sorted: two writers that claim the same ids in different orders would deadlock.
    private const string Claim =
        """
        INSERT INTO ingest_ids (kind, source, id, content_hash, batch_id, received_at)
        SELECT w.kind, w.source, w.id, w.content_hash, $6, w.received_at
        FROM unnest($1::smallint[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[]) AS w (kind, source, id, content_hash, received_at)
        ORDER BY w.kind, w.source COLLATE "C", w.id COLLATE "C"
        ON CONFLICT DO NOTHING
        """;

    // A statement of its own: its snapshot sees the rows whose commit the claim waited for.
    private const string ReadLost =
        """
        SELECT w.n, i.content_hash
        FROM unnest($1::smallint[], $2::text[], $3::text[]) WITH ORDINALITY AS w (kind, source, id, n)
        JOIN ingest_ids i ON i.kind = w.kind AND i.source = w.source AND i.id = w.id
        WHERE i.batch_id <> $4
        """;

    /// <summary>Sets the fate of the items whose ids are taken; the others stay open. The ids of the items are distinct.</summary>
    public static async Task ClaimAsync(NpgsqlConnection open, List<IngestItem> items, long batchId)
    {
        var named = items.Where(item => item.Id is not null).ToArray();
        if (named.Length == 0)
        {
            return;
        }

        var kinds = Array.ConvertAll(named, item => (short)item.Kind);
        var sources = Array.ConvertAll(named, item => item.Owner.Batch.Source);
        var ids = Array.ConvertAll(named, item => item.Id!);
        await using var claim = new NpgsqlCommand(Claim, open);
        claim.Parameters.Add(new() { Value = kinds });
        claim.Parameters.Add(new() { Value = sources });
        claim.Parameters.Add(new() { Value = ids });
        claim.Parameters.Add(new() { Value = Array.ConvertAll(named, item => item.ContentHash) });
        claim.Parameters.Add(new() { Value = Array.ConvertAll(named, item => item.Owner.Batch.ReceivedAt.UtcDateTime) });
        claim.Parameters.Add(new() { Value = batchId });
        if (await claim.ExecuteNonQueryAsync() == named.Length)
        {
            return;
        }

        await using var read = new NpgsqlCommand(ReadLost, open);
        read.Parameters.Add(new() { Value = kinds });
        read.Parameters.Add(new() { Value = sources });
        read.Parameters.Add(new() { Value = ids });
        read.Parameters.Add(new() { Value = batchId });
        await using var reader = await read.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var item = named[reader.GetInt64(0) - 1];
            item.Fate = reader.GetGuid(1) == item.ContentHash ? ItemFate.Duplicate : ItemFate.IdReused;
        }
    }
}
