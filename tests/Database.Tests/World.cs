using System.Collections.Immutable;
using Npgsql;
using Splitstream.Grains.Interfaces.Events;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Database;
using Splitstream.Storage.Events;
using Splitstream.Storage.Metrics;
using Splitstream.Testing;

namespace Splitstream.Database.Tests;

/// <summary>A migrated database of its own with the ingest side over it, and short ways to put configuration and rows into it.</summary>
internal sealed class World : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    private World(NpgsqlDataSource database)
    {
        Database = database;
        Partitions = new PartitionKeeper(database, Clock);
        Buffer = new PostgresEventBuffer(database, Partitions);
        Aggregator = new Aggregator(database, Clock);
        Sums = new MetricSums(database, Aggregator);
        Ledger = new IngestLedger(database);
    }

    public NpgsqlDataSource Database { get; }

    public ManualClock Clock { get; } = new(Noon);

    public PartitionKeeper Partitions { get; }

    public PostgresEventBuffer Buffer { get; }

    public Aggregator Aggregator { get; }

    public MetricSums Sums { get; }

    public IngestLedger Ledger { get; }

    public static async Task<World> CreateAsync()
    {
        // Session tables stay with their pooled connection: a thousand recomputes need not make them a thousand times.
        var database = SplitstreamDatabase.Open(await PostgresServer.Shared.CreateDatabaseAsync() + ";No Reset On Close=true");
        await Migrator.ApplyAsync(database, CancellationToken.None);
        return new World(database);
    }

    public async ValueTask DisposeAsync()
    {
        await Buffer.DisposeAsync();
        await Aggregator.DisposeAsync();
        await Database.DisposeAsync();
    }

    public static MetricDefinition Metric(
        string key, MetricType type, string name, string? path = null, double? windowHours = null, double? cap = null) =>
        new(key, key, type, name, path, windowHours, MetricDirection.Increase, cap is { } value ? new MetricBound(value, false) : null, null, 14);

    public async Task AddMetricAsync(MetricDefinition metric) =>
        await ExecuteAsync("INSERT INTO metrics (key, definition, created_at) VALUES ($1, $2::jsonb, $3)", metric.Key, ConfigurationJson.Write(metric), Clock.Now);

    /// <summary>Stores an experiment with variants a, b and c and one open epoch (none for a draft) and answers it.</summary>
    public async Task<ExperimentState> AddExperimentAsync(
        string key,
        AssignmentMode mode = AssignmentMode.Server,
        bool draft = false,
        ImmutableSortedDictionary<string, string>? overrides = null,
        DateTimeOffset? openedAt = null,
        params string[] metrics)
    {
        var definition = new ExperimentDefinition(
            key, key, "Nothing changes for anybody.", "user",
            [new Variant("a", 1, true, null), new Variant("b", 1, false, null), new Variant("c", 1, false, null)],
            1, null, null, overrides ?? ImmutableSortedDictionary<string, string>.Empty,
            metrics.FirstOrDefault(), [.. metrics.Skip(1)], [], mode, DecisionRule.Default);
        var opened = openedAt ?? Noon.AddDays(-1);
        var id = (long)(await ScalarAsync(
            """
            INSERT INTO experiments (key, version, status, definition, bucketing_seed, traffic_seed, created_at)
            VALUES ($1, 1, $2, $3::jsonb, 'x', 'y', $4) RETURNING experiment_id
            """,
            key, draft ? "draft" : "running", ConfigurationJson.Write(definition), opened))!;
        if (!draft)
        {
            await ExecuteAsync(
                """
                INSERT INTO experiment_epochs (experiment_id, epoch, opened_at, weights, traffic) VALUES ($1, 1, $2, '{1,1,1}', 1)
                """,
                id, opened);
        }

        await ExecuteAsync("UPDATE configuration SET version = version + 1");
        return await ReadStateAsync(id);
    }

    public async Task<ExperimentState> ReadStateAsync(long id)
    {
        await using var connection = await Database.OpenConnectionAsync();
        var epochs = await connection.QueryAsync(
            "SELECT epoch, opened_at, closed_at, interrupted FROM experiment_epochs WHERE experiment_id = $1 ORDER BY epoch",
            row => new Epoch(
                row.GetInt32(0), row.GetFieldValue<DateTimeOffset>(1), row.GetNullable<DateTimeOffset?>(2), [1, 1, 1], 1, null, row.GetBoolean(3)),
            CancellationToken.None,
            id);
        var rows = await connection.QueryAsync(
            "SELECT definition::text, status, version, created_at FROM experiments WHERE experiment_id = $1",
            row => (Definition: row.GetString(0), Status: row.GetString(1), Version: row.GetInt64(2), At: row.GetFieldValue<DateTimeOffset>(3)),
            CancellationToken.None,
            id);
        return new ExperimentState(
            id, ConfigurationJson.Read<ExperimentDefinition>(rows[0].Definition),
            Enum.Parse<Bucketing.ExperimentStatus>(rows[0].Status, true), rows[0].Version, "x", "y", [.. epochs], rows[0].At, null, null, null,
            false, 1, false, null);
    }

    public Task AssignAsync(ExperimentState experiment, string unit, string variant, int epoch = 1) =>
        ExecuteAsync("INSERT INTO assignments VALUES ($1, $2, $3, $4, $5)", experiment.Id, unit, variant, epoch, Clock.Now);

    /// <summary>Ends the epoch in force as a pause or stop does, and opens the next one when <paramref name="resumedAt"/> is given.</summary>
    public async Task InterruptAsync(long experimentId, DateTimeOffset at, DateTimeOffset? resumedAt)
    {
        await ExecuteAsync(
            "UPDATE experiment_epochs SET closed_at = $2, interrupted = true WHERE experiment_id = $1 AND closed_at IS NULL", experimentId, at);
        if (resumedAt is { } resumed)
        {
            await ExecuteAsync(
                """
                INSERT INTO experiment_epochs (experiment_id, epoch, opened_at, weights, traffic)
                SELECT $1, max(epoch) + 1, $2, '{1,1,1}', 1 FROM experiment_epochs WHERE experiment_id = $1
                """,
                experimentId, resumed);
        }

        await ExecuteAsync("UPDATE experiments SET version = version + 1 WHERE experiment_id = $1", experimentId);
        await ExecuteAsync("UPDATE configuration SET version = version + 1");
    }

    /// <summary>What a force-rebucket does to the tables this side reads, followed by a new row.</summary>
    public async Task RebucketAsync(long experimentId, string unit, string? newVariant, int epoch)
    {
        await using var connection = await Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("SELECT pg_advisory_xact_lock($1)", CancellationToken.None, AdvisoryLocks.Ingest);
        await connection.ExecuteAsync(
            """
            WITH gone AS (DELETE FROM assignments WHERE experiment_id = $1 AND unit_id = $2 RETURNING *)
            INSERT INTO assignment_history (experiment_id, unit_id, variant, epoch, assigned_at, ended_at, reason)
            SELECT experiment_id, unit_id, variant, epoch, assigned_at, clock_timestamp(), 'rebucket' FROM gone
            """,
            CancellationToken.None, experimentId, unit);
        await connection.ExecuteAsync(
            "UPDATE exposures SET superseded_at = clock_timestamp() WHERE experiment_id = $1 AND unit_id = $2 AND superseded_at IS NULL AND quarantine_reason IS NULL",
            CancellationToken.None, experimentId, unit);
        await connection.ExecuteAsync("INSERT INTO recompute_requests (experiment_id, unit_id) VALUES ($1, $2)", CancellationToken.None, experimentId, unit);
        if (newVariant is not null)
        {
            await connection.ExecuteAsync(
                "INSERT INTO assignments VALUES ($1, $2, $3, $4, $5)", CancellationToken.None, experimentId, unit, newVariant, epoch, Clock.Now);
        }

        await transaction.CommitAsync();
    }

    public async Task<IngestReceipt> SendAsync(IngestBatch batch)
    {
        var outcome = await Buffer.AppendAsync(batch, CancellationToken.None);
        return outcome.IsOk ? outcome.Value : throw new InvalidOperationException(outcome.Problem.Detail);
    }

    public Task<IngestReceipt> ExposeAsync(string experiment, string unit, string variant, DateTimeOffset? at = null, string? id = null) =>
        SendAsync(Batch.Of(Clock.Now, new ExposureItem(0, id, unit, experiment, variant, at ?? Clock.Now)));

    public Task<IngestReceipt> TrackAsync(string unit, string name, string? properties = null, DateTimeOffset? at = null, string? id = null) =>
        SendAsync(Batch.Of(Clock.Now, new EventItem(0, id, unit, name, at ?? Clock.Now, properties)));

    public async Task<object?> ScalarAsync(string sql, params object?[] values)
    {
        await using var command = Database.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        }

        return await command.ExecuteScalarAsync();
    }

    public Task<object?> ExecuteAsync(string sql, params object?[] values) => ScalarAsync(sql, values);

    public async Task<long> CountAsync(string sql, params object?[] values) => (long)(await ScalarAsync($"SELECT count(*) FROM {sql}", values))!;
}

/// <summary>Short ways to write requests.</summary>
internal static class Batch
{
    public static IngestBatch Of(DateTimeOffset receivedAt, params ExposureItem[] items) => new("web", null, receivedAt, [.. items], [], []);

    public static IngestBatch Of(DateTimeOffset receivedAt, params EventItem[] items) => new("web", null, receivedAt, [], [.. items], []);

    public static EventItem Event(string? id, string unit, DateTimeOffset at, string? properties = null, string name = "buy", int index = 0) =>
        new(index, id, unit, name, at, properties);
}
