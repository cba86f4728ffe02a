using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Units;
using Splitstream.Storage.Audit;
using Splitstream.Storage.Database;
using Splitstream.Storage.Nodes;

namespace Splitstream.Storage.Units;

/// <summary>The rows of one unit, and the one way in which a row ends.</summary>
public sealed class UnitRows(NpgsqlDataSource database, TimeProvider time)
{
    private const int UnitKeyBytes = 32;

    public async Task<IReadOnlyList<UnitRow>> LookupAsync(UnitId unit, CancellationToken cancellation) =>
        await database.QueryAsync(
            """
            SELECT e.key, a.variant, a.assigned_at FROM assignments a JOIN experiments e USING (experiment_id)
            WHERE a.unit_id = $1 ORDER BY e.key
            """,
            row => new UnitRow(row.GetString(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2)),
            cancellation, unit.Value);

    /// <summary>One row, or null. A row that is ending must not be remembered.</summary>
    public async Task<(string Variant, DateTimeOffset AssignedAt, bool IsEnding)?> FindAsync(
        long experimentId, UnitId unit, CancellationToken cancellation)
    {
        var rows = await database.QueryAsync(
            "SELECT variant, assigned_at, ending FROM assignments WHERE experiment_id = $1 AND unit_id = $2",
            row => (row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.GetBoolean(2)),
            cancellation, experimentId, unit.Value);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>
    /// Marks a row as ending and announces it, so that every server forgets it and remembers it no more. Once the announcement has settled,
    /// all servers answer from the database, where the row ends in one moment.
    /// </summary>
    /// <returns>When the row was assigned, which tells it from a later one of the unit; null when there is none.</returns>
    public async Task<DateTimeOffset?> MarkEndingAsync(UnitId unit, long experimentId, PendingChange announcement, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var marked = await connection.QueryAsync(
            "UPDATE assignments SET ending = true WHERE experiment_id = $1 AND unit_id = $2 RETURNING assigned_at",
            row => row.GetFieldValue<DateTimeOffset>(0),
            cancellation, experimentId, unit.Value);
        if (marked.Count == 0)
        {
            return null;
        }

        await announcement.AnnounceUnitAsync(connection, experimentId, unit, cancellation);
        await transaction.CommitAsync(cancellation);
        return marked[0];
    }

    /// <summary>
    /// Ends a marked row in one transaction: row into history, exposures superseded, recomputation asked for, audit. Behind the ingest
    /// barrier, so that no exposure of the old row commits afterwards without its tombstone.
    /// </summary>
    /// <param name="assignedAt">Of the row whose mark has settled.</param>
    /// <returns>Null when another rebucket has ended that row.</returns>
    public async Task<RebucketResult?> EndAsync(
        UnitId unit, ExperimentState experiment, DateTimeOffset assignedAt, Actor actor, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await AdvisoryLocks.EnterAsync(connection, AdvisoryLocks.Ingest, cancellation);
        var deleted = await connection.QueryAsync(
            """
            WITH ended AS (DELETE FROM assignments WHERE experiment_id = $1 AND unit_id = $2 AND assigned_at = $3 RETURNING *)
            INSERT INTO assignment_history (experiment_id, unit_id, variant, epoch, assigned_at, ended_at, reason)
            SELECT experiment_id, unit_id, variant, epoch, assigned_at, clock_timestamp(), 'rebucket' FROM ended RETURNING variant
            """,
            row => row.GetString(0),
            cancellation, experiment.Id, unit.Value, assignedAt);
        if (deleted.Count == 0)
        {
            return null;
        }

        var superseded = await connection.ExecuteAsync(
            """
            UPDATE exposures SET superseded_at = clock_timestamp()
            WHERE experiment_id = $1 AND unit_id = $2 AND superseded_at IS NULL AND quarantine_reason IS NULL
            """,
            cancellation, experiment.Id, unit.Value);
        await connection.ExecuteAsync(
            "INSERT INTO recompute_requests (experiment_id, unit_id) VALUES ($1, $2)", cancellation, experiment.Id, unit.Value);
        var detail = ConfigurationJson.WriteForReaders(new
        {
            Unit = await PseudonymAsync(connection, unit, cancellation),
            Previous = deleted[0],
            Superseded = superseded,
        });
        await AuditWriter.AppendAsync(
            connection, AuditWriter.ChainOf(experiment.Key), time.GetMicros(), actor, "unit.rebucketed", detail, cancellation);
        await transaction.CommitAsync(cancellation);
        return new RebucketResult(deleted[0], superseded);
    }

    /// <summary>HMAC of the unit id under the unit's own key, made on first use: deleting the key makes it meaningless.</summary>
    private static async Task<string> PseudonymAsync(NpgsqlConnection connection, UnitId unit, CancellationToken cancellation)
    {
        await connection.ExecuteAsync(
            "INSERT INTO unit_keys (unit_id, key) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            cancellation, unit.Value, RandomNumberGenerator.GetBytes(UnitKeyBytes));
        var keys = await connection.QueryAsync(
            "SELECT key FROM unit_keys WHERE unit_id = $1", row => row.GetFieldValue<byte[]>(0), cancellation, unit.Value);
        return Convert.ToHexStringLower(HMACSHA256.HashData(keys[0], Encoding.UTF8.GetBytes(unit.Value)));
    }
}
