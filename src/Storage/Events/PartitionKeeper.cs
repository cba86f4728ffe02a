using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;
using Splitstream.Grains.Interfaces;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Events;

/// <summary>
/// Makes the day partitions of exposures and events ahead of time, forgets ingest ids after 30 days, and drops raw rows that need not be
/// kept. Safe to run in several processes.
/// </summary>
/// <param name="rawRetentionDays">
/// Days that raw rows are kept after receipt; null keeps them for ever. Rows received since the creation of any experiment that is not
/// archived stay in any case, because the values of its units are computed from them, and before it those of the longest look-back of any
/// metric, because covariates are.
/// </param>
public sealed class PartitionKeeper(NpgsqlDataSource database, TimeProvider clock, int? rawRetentionDays = null)
{
    /// <summary>Days that are made ahead of today.</summary>
    public const int DaysAhead = 7;

    private const int PurgeChunk = 10_000;
    private static readonly string[] Tables = ["exposures", "events"];

    // An item may be dated ahead of its receipt, and then is refused as too old only that much later.
    private static readonly TimeSpan IdsKeptFor = Limits.OldestItem + Limits.FutureItem;
    private readonly ConcurrentDictionary<DateOnly, bool> _known = new();

    /// <summary>Keeps at start and then daily until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromDays(1), clock);
        do
        {
            await KeepAsync(cancellation);
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    /// <summary>One pass: partitions from yesterday to <see cref="DaysAhead"/> days ahead, purge, retention.</summary>
    public async Task KeepAsync(CancellationToken cancellation)
    {
        _known.Clear();
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        for (var offset = -1; offset <= DaysAhead; offset++)
        {
            await EnsureAsync(today.AddDays(offset), cancellation);
        }

        await PurgeAsync("ingest_ids", cancellation);
        await PurgeAsync("ingest_receipts", cancellation);
        if (rawRetentionDays is { } days)
        {
            await DropBeforeAsync(today.AddDays(-days), cancellation);
        }
    }

    /// <summary>Makes the partitions of one UTC day where they are missing; costs nothing for a day seen before.</summary>
    public async ValueTask EnsureAsync(DateOnly day, CancellationToken cancellation)
    {
        if (_known.ContainsKey(day))
        {
            return;
        }

        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({AdvisoryLocks.Partitions})", cancellation);
        foreach (var table in Tables)
        {
            var name = PartitionName(table, day);
            await using var exists = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL", connection) { Parameters = { new() { Value = name } } };
            if (await exists.ExecuteScalarAsync(cancellation) is true)
            {
                continue;
            }

            // Made apart and attached: CREATE ... PARTITION OF would stop every reader and writer of the table.
            await ExecuteAsync(
                connection,
                $"""
                CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
                ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{Bound(day)}') TO ('{Bound(day.AddDays(1))}')
                """,
                cancellation);
        }

        await transaction.CommitAsync(cancellation);
        _known[day] = true;
    }

    /// <summary>Forgets which days were seen, so that a partition that somebody removed is made again.</summary>
    public void Forget() => _known.Clear();

    private static string PartitionName(string table, DateOnly day) => $"{table}_{day.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}";

    private static string Bound(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + " 00:00:00+00";

    private async Task PurgeAsync(string table, CancellationToken cancellation)
    {
        var before = clock.GetUtcNow() - IdsKeptFor;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        int removed;
        do
        {
            // In chunks, so that no purge holds back the vacuum for long.
            await using var command = new NpgsqlCommand(
                $"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE received_at < $1 LIMIT {PurgeChunk}))", connection);
            command.Parameters.Add(new() { Value = before.UtcDateTime });
            removed = await command.ExecuteNonQueryAsync(cancellation);
        }
        while (removed == PurgeChunk);
    }

    private async Task DropBeforeAsync(DateOnly day, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);

        // Recorded before anything goes: a reader must not take the absence of rows for rows that never were.
        await using var record = new NpgsqlCommand(
            """
            UPDATE raw_retention SET dropped_before = bound.at
            FROM (SELECT least($1, (SELECT date_trunc('day', min(created_at) - coalesce((SELECT max(lookback) FROM metric_rules), '0'), 'UTC')
                                    FROM experiments WHERE status <> 'archived')) AS at) bound
            WHERE dropped_before IS NULL OR dropped_before < bound.at
            """,
            connection);
        record.Parameters.Add(new() { Value = day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) });
        await record.ExecuteNonQueryAsync(cancellation);
        await using var read = new NpgsqlCommand("SELECT dropped_before FROM raw_retention", connection);
        if (await read.ExecuteScalarAsync(cancellation) is not DateTime droppedBefore)
        {
            return;
        }

        foreach (var table in Tables)
        {
            foreach (var partition in await PartitionsAsync(connection, table, cancellation))
            {
                if (string.CompareOrdinal(partition, PartitionName(table, DateOnly.FromDateTime(droppedBefore))) < 0)
                {
                    await ExecuteAsync(connection, $"ALTER TABLE {table} DETACH PARTITION {partition} CONCURRENTLY", cancellation);
                    await ExecuteAsync(connection, $"DROP TABLE {partition}", cancellation);
                }
            }
        }
    }

    private static async Task<List<string>> PartitionsAsync(NpgsqlConnection connection, string table, CancellationToken cancellation)
    {
        var names = new List<string>();
        await using var command = new NpgsqlCommand(
            "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::text::regclass", connection);
        command.Parameters.Add(new() { Value = table });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
