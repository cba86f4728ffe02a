using Npgsql;
using Splitstream.Testing;

namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>Number of rows and a hash of their content for every table, to tell whether anything was stored.</summary>
public sealed class DatabaseContent
{
    /// <summary>
    /// What moves by itself while nobody asks for anything: heartbeats of servers and silos, the state of grains that a reminder wakes, reminders
    /// that end, certificates of what was started, and what the aggregator does with batches that were received. Of batches, the ledger tells the same, and it is compared to the item.
    /// </summary>
    private static readonly string[] MovesByItself =
        ["public.nodes", EngineTables.States, EngineTables.Reminders, "public.started_certificates", "public.certificates", "orleans.silos", "orleans.clusters", "public.batches", "public.batch_log", "public.aggregations", "public.ingest_ledger"];

    private readonly NpgsqlDataSource _database;
    private readonly string _sql;

    private DatabaseContent(NpgsqlDataSource database, string sql) => (_database, _sql) = (database, sql);

    public static async Task<DatabaseContent> OfAsync(NpgsqlDataSource database)
    {
        // Partitions are read through their parents.
        var tables = await QueryAsync(
            database,
            $"""
            SELECT schemaname || '.' || tablename, ''
            FROM pg_tables
            WHERE schemaname IN ('public', '{EngineTables.Schema}') AND NOT (format('%I.%I', schemaname, tablename)::regclass IN (SELECT inhrelid FROM pg_inherits))
            """);
        var read = tables.Keys.Except(MovesByItself).Order(StringComparer.Ordinal).Select(table =>
            $"SELECT '{table}', count(*) || ' rows, hash ' || coalesce(sum(hashtextextended(row::text, 0)), 0) FROM {table} AS row");
        return new DatabaseContent(database, string.Join(" UNION ALL ", read));
    }

    public Task<SortedDictionary<string, string>> ReadAsync() => QueryAsync(_database, _sql);

    private static async Task<SortedDictionary<string, string>> QueryAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new SortedDictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0), reader.GetString(1));
        }

        return rows;
    }
}
