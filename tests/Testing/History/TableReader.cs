using System.Data;
using Npgsql;

namespace Splitstream.Testing.History;

/// <summary>Reads the tables around the product, in one snapshot.</summary>
public static class TableReader
{
    private const string Assignments =
        """
        SELECT e.key, r.unit_id, r.variant, r.epoch, r.assigned_at, r.ended_at
        FROM (
            SELECT experiment_id, unit_id, variant, epoch, assigned_at, ended_at, history_id FROM assignment_history
            UNION ALL
            SELECT experiment_id, unit_id, variant, epoch, assigned_at, NULL, NULL FROM assignments) r
        JOIN experiments e USING (experiment_id)
        WHERE starts_with(e.key, $1) ORDER BY e.key, r.unit_id, r.history_id NULLS LAST
        """;

    private const string Claims =
        """
        SELECT g.key, c.unit_id, e.key, c.claimed_at, c.released_at
        FROM (
            SELECT group_id, unit_id, experiment_id, claimed_at, released_at FROM mutex_claim_history
            UNION ALL
            SELECT group_id, unit_id, experiment_id, claimed_at, NULL FROM mutex_claims) c
        JOIN mutex_groups g USING (group_id)
        JOIN experiments e USING (experiment_id)
        WHERE starts_with(e.key, $1) ORDER BY g.key, c.unit_id, c.claimed_at, e.key
        """;

    private const string Exposures =
        """
        SELECT exposure_id, experiment, unit_id, variant, superseded_at IS NOT NULL, quarantine_reason
        FROM exposures WHERE starts_with(exposure_id, $1) ORDER BY exposure_id, batch_id, ordinal
        """;

    private const string Events = "SELECT event_id FROM events WHERE starts_with(event_id, $1) ORDER BY event_id";

    private const string Ledger =
        """
        SELECT kind, sum(received)::bigint, sum(counted)::bigint, sum(duplicate)::bigint, sum(quarantined)::bigint,
               sum(rejected)::bigint, sum(dead)::bigint,
               CASE kind WHEN 0 THEN (SELECT count(*) FROM exposures) ELSE (SELECT count(*) FROM events) END
        FROM (
            SELECT kind, received, counted, duplicate, quarantined, rejected, dead FROM ingest_ledger
            UNION ALL
            SELECT 0, exposure_received, exposure_counted, exposure_duplicate, exposure_quarantined, exposure_rejected, exposure_dead
            FROM batches
            UNION ALL
            SELECT 1, event_received, event_counted, event_duplicate, event_quarantined, event_rejected, event_dead FROM batches) counts
        GROUP BY kind ORDER BY kind
        """;

    private const string Groups =
        "SELECT e.key, g.key FROM experiments e JOIN mutex_groups g USING (group_id) WHERE starts_with(e.key, $1)";

    /// <param name="prefix">Only experiments, events and exposures whose key or id begins so; the ledger is read whole.</param>
    public static async Task<TableState> ReadAsync(NpgsqlConnection connection, string prefix = "")
    {
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        return new TableState(
            await QueryAsync(connection, Assignments, row => new AssignmentRow(
                row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt32(3), Time(row, 4), TimeOrNull(row, 5)), prefix),
            await QueryAsync(connection, Claims, row => new ClaimRow(
                row.GetString(0), row.GetString(1), row.GetString(2), Time(row, 3), TimeOrNull(row, 4)), prefix),
            await QueryAsync(connection, Exposures, row => new ExposureRow(
                row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetBoolean(4),
                row.IsDBNull(5) ? null : row.GetString(5)), prefix),
            await QueryAsync(connection, Events, row => row.GetString(0), prefix),
            await QueryAsync(connection, Ledger, row => new LedgerRow(
                (ItemKind)row.GetInt32(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5),
                row.GetInt64(6), row.GetInt64(7))),
            (await QueryAsync(connection, Groups, row => (row.GetString(0), row.GetString(1)), prefix)).ToDictionary());
    }

    private static DateTimeOffset? TimeOrNull(NpgsqlDataReader row, int ordinal) =>
        row.IsDBNull(ordinal) ? null : Time(row, ordinal);

    private static DateTimeOffset Time(NpgsqlDataReader row, int ordinal) => row.GetFieldValue<DateTimeOffset>(ordinal);

    private static async Task<List<T>> QueryAsync<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, params string[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }
}
