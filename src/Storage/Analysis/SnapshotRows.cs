using Npgsql;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Storage.Audit;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Analysis;

/// <summary>Snapshots, looks and views in the database. Snapshots and looks are written once and never changed.</summary>
public sealed class SnapshotRows(NpgsqlDataSource database)
{
    private const string Columns =
        """
        SELECT s.snapshot_id, s.experiment_id, e.key, s.look_number, s.taken_at, s.input_hash, s.metric_hash, s.rule_version,
               s.engine_version, s.decision, s.as_of_aggregation, s.inputs, s.body
        FROM snapshots s JOIN experiments e USING (experiment_id)
        """;

    /// <summary>Writes a snapshot, with its look where it is one, and their audit entry, together or not at all.</summary>
    /// <param name="look">Null for an advisory snapshot.</param>
    /// <param name="auditDetail">JSON text.</param>
    /// <returns>False when somebody else has taken the look of that number: the snapshot is to be discarded.</returns>
    public async Task<bool> InsertAsync(
        SnapshotRow snapshot, LookRow? look, Actor actor, string auditDetail, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await connection.ExecuteAsync(
            """
            INSERT INTO snapshots (snapshot_id, experiment_id, look_number, taken_at, input_hash, metric_hash, rule_version, engine_version,
                                   decision, as_of_aggregation, inputs, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            cancellation,
            snapshot.SnapshotId, snapshot.ExperimentId, snapshot.LookNumber, snapshot.TakenAt, snapshot.InputHash, snapshot.MetricHash,
            snapshot.RuleVersion, snapshot.EngineVersion, snapshot.Decision, snapshot.AsOfAggregation, snapshot.Inputs, snapshot.Body);
        if (look is not null)
        {
            var taken = await connection.ExecuteAsync(
                """
                INSERT INTO looks (experiment_id, look_number, kind, scheduled_at, taken_at, missed, protocol_version, pauses, snapshot_id, history)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
                """,
                cancellation,
                snapshot.ExperimentId, look.LookNumber, look.Kind, look.ScheduledAt, look.TakenAt, look.Missed, look.ProtocolVersion,
                look.Pauses, look.SnapshotId, look.History);
            if (taken == 0)
            {
                await transaction.RollbackAsync(cancellation);
                return false;
            }
        }

        await AuditWriter.AppendAsync(
            connection, AuditWriter.ChainOf(snapshot.Experiment), snapshot.TakenAt, actor, "snapshot.taken", auditDetail, cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    public async Task<SnapshotRow?> LatestAsync(string experiment, CancellationToken cancellation) =>
        (await database.QueryAsync(
            $"{Columns} WHERE e.key = $1 ORDER BY s.taken_at DESC, s.snapshot_id DESC LIMIT 1", Read, cancellation, experiment))
        .SingleOrDefault();

    public async Task<SnapshotRow?> FindAsync(string snapshotId, CancellationToken cancellation) =>
        (await database.QueryAsync($"{Columns} WHERE s.snapshot_id = $1", Read, cancellation, snapshotId)).SingleOrDefault();

    /// <summary>The newest first, after the snapshot <paramref name="afterId"/> (exclusive); nothing after an unknown one.</summary>
    public async Task<IReadOnlyList<SnapshotSummary>> ListAsync(
        string experiment, int limit, string? afterId, CancellationToken cancellation) =>
        await database.QueryAsync(
            """
            SELECT s.snapshot_id, e.key, s.taken_at, s.input_hash, s.look_number, s.decision
            FROM snapshots s JOIN experiments e USING (experiment_id)
            WHERE e.key = $1
              AND ($2::text IS NULL
                   OR (s.taken_at, s.snapshot_id) < (SELECT l.taken_at, l.snapshot_id FROM snapshots l WHERE l.snapshot_id = $2::text))
            ORDER BY s.taken_at DESC, s.snapshot_id DESC LIMIT $3
            """,
            row => new SnapshotSummary(
                row.GetString(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetString(3), row.GetNullable<int?>(4),
                row.GetString(5)),
            cancellation, experiment, afterId, limit);

    /// <summary>The last look of an experiment; null before the first.</summary>
    public async Task<LookRow?> LastLookAsync(long experimentId, CancellationToken cancellation) =>
        (await database.QueryAsync(
            """
            SELECT look_number, snapshot_id, kind, scheduled_at, taken_at, missed, protocol_version, pauses, history
            FROM looks WHERE experiment_id = $1 ORDER BY look_number DESC LIMIT 1
            """,
            row => new LookRow(
                row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3),
                row.GetFieldValue<DateTimeOffset>(4), row.GetInt32(5), row.GetInt32(6), row.GetBoolean(7), row.GetString(8)),
            cancellation, experimentId)).SingleOrDefault();

    /// <summary>Logs a view and answers the number of views of the experiment, this one included; 0 for an unknown snapshot.</summary>
    public async Task<long> LogViewAsync(string snapshotId, string viewer, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var logged = await connection.QueryAsync(
            """
            INSERT INTO snapshot_views (experiment_id, snapshot_id, viewer, viewed_at)
            SELECT experiment_id, snapshot_id, $2, $3 FROM snapshots WHERE snapshot_id = $1
            RETURNING experiment_id, sequence
            """,
            row => (Experiment: row.GetInt64(0), Sequence: row.GetInt64(1)),
            cancellation, snapshotId, viewer, now);
        if (logged.Count == 0)
        {
            return 0;
        }

        // A statement of its own, which sees the row just written; views logged meanwhile by others count too.
        var counts = await connection.QueryAsync(
            "SELECT count(*) FROM snapshot_views WHERE experiment_id = $1", row => row.GetInt64(0), cancellation, logged[0].Experiment);
        return counts[0];
    }

    public async Task<IReadOnlyList<SnapshotViewing>> ViewsAsync(
        string experiment, int limit, long afterSequence, CancellationToken cancellation) =>
        await database.QueryAsync(
            """
            SELECT v.sequence, v.snapshot_id, v.viewer, v.viewed_at
            FROM snapshot_views v JOIN experiments e USING (experiment_id)
            WHERE e.key = $1 AND v.sequence > $2 ORDER BY v.sequence LIMIT $3
            """,
            row => new SnapshotViewing(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3)),
            cancellation, experiment, afterSequence, limit);

    /// <summary>When looks were taken and how many were missed, oldest first.</summary>
    public async Task<IReadOnlyList<(DateTimeOffset At, int Missed)>> LookTimesAsync(long experimentId, CancellationToken cancellation) =>
        await database.QueryAsync(
            "SELECT scheduled_at, missed FROM looks WHERE experiment_id = $1 AND kind = 'look' ORDER BY look_number",
            row => (row.GetFieldValue<DateTimeOffset>(0), row.GetInt32(1)),
            cancellation, experimentId);

    /// <summary>When snapshots were read, or taken by hand; the newest 10,000.</summary>
    public async Task<IReadOnlyList<(DateTimeOffset At, bool IsView)>> PeekTimesAsync(long experimentId, CancellationToken cancellation) =>
        await database.QueryAsync(
            """
            (SELECT viewed_at, true FROM snapshot_views WHERE experiment_id = $1 ORDER BY sequence DESC LIMIT 10000)
            UNION ALL
            (SELECT taken_at, false FROM snapshots WHERE experiment_id = $1 AND look_number IS NULL ORDER BY taken_at DESC LIMIT 10000)
            """,
            row => (row.GetFieldValue<DateTimeOffset>(0), row.GetBoolean(1)),
            cancellation, experimentId);

    private static SnapshotRow Read(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetInt64(1),
        row.GetString(2),
        row.GetNullable<int?>(3),
        row.GetFieldValue<DateTimeOffset>(4),
        row.GetString(5),
        row.GetString(6),
        row.GetString(7),
        row.GetString(8),
        row.GetString(9),
        row.GetInt64(10),
        row.GetString(11),
        row.GetString(12));
}
