using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>The engine's tables in PostgreSQL.</summary>
internal sealed class EngineStore(EmbeddedEngineOptions options) : IAsyncDisposable
{
    private const long SchemaLock = 0x53706c6974456e67;
    private const int MostConnections = 10;

    private readonly NpgsqlDataSource? _source = options.ConnectionString is { } text ? Open(text) : null;

    public bool IsConfigured => _source is not null;

    /// <summary>Reminders and state ask rarely, so few connections serve them.</summary>
    private static NpgsqlDataSource Open(string connectionString) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = MostConnections });

    private NpgsqlDataSource Source => _source ?? throw new InvalidOperationException(
        $"Reminders and persistent state need a database: {nameof(EmbeddedEngineOptions)}.{nameof(EmbeddedEngineOptions.ConnectionString)} is not set.");

    public ValueTask DisposeAsync() => _source?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Makes the tables where they are missing. Several processes may do so at once.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (_source is null) return;
        await using var script = typeof(EngineStore).Assembly.GetManifestResourceStream("engine.sql")!;
        var sql = await new StreamReader(script).ReadToEndAsync(cancellationToken);
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var take = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection) { Parameters = { new() { Value = SchemaLock } } })
            await take.ExecuteNonQueryAsync(cancellationToken);
        await using (var create = new NpgsqlCommand(sql, connection)) await create.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The stored payload and its etag; both null where nothing was ever stored, the payload alone where it was cleared.</summary>
    public async Task<(string? Payload, string? Etag)> ReadStateAsync(GrainId id, string name, CancellationToken cancellationToken)
    {
        await using var command = Source.CreateCommand(
            "SELECT payload, etag FROM engine.grain_states WHERE grain_type = $1 AND grain_key = $2 AND state_name = $3");
        AddText(command, id.Class.Name, id.Key, name);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return (null, null);
        return (reader.IsDBNull(0) ? null : reader.GetString(0), reader.GetInt64(1).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Stores a payload (null clears) if the stored etag is still the given one (null: nothing stored yet).</summary>
    /// <returns>The new etag, or null when somebody else wrote meanwhile.</returns>
    public async Task<string?> WriteStateAsync(GrainId id, string name, string? payload, string? etag, CancellationToken cancellationToken)
    {
        const string insert = """
            INSERT INTO engine.grain_states (grain_type, grain_key, state_name, payload, etag) VALUES ($1, $2, $3, $4, 1)
            ON CONFLICT DO NOTHING RETURNING etag
            """;
        const string update = """
            UPDATE engine.grain_states SET payload = $4, etag = etag + 1, modified_at = now()
            WHERE grain_type = $1 AND grain_key = $2 AND state_name = $3 AND etag = $5 RETURNING etag
            """;
        await using var command = Source.CreateCommand(etag is null ? insert : update);
        AddText(command, id.Class.Name, id.Key, name);
        command.Parameters.Add(new() { Value = (object?)payload ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Json });
        if (etag is not null) command.Parameters.Add(new() { Value = long.Parse(etag, CultureInfo.InvariantCulture) });
        return (await command.ExecuteScalarAsync(cancellationToken) as long?)?.ToString(CultureInfo.InvariantCulture);
    }

    public async Task<Guid> WriteReminderAsync(GrainId id, string name, DateTime startAt, TimeSpan period)
    {
        await using var command = Source.CreateCommand("""
            INSERT INTO engine.reminders (grain_type, grain_key, name, start_at, period_ms) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (grain_type, grain_key, name) DO UPDATE
            SET start_at = excluded.start_at, period_ms = excluded.period_ms, etag = excluded.etag
            RETURNING etag
            """);
        AddText(command, id.Class.Name, id.Key, name);
        command.Parameters.Add(new() { Value = startAt });
        command.Parameters.Add(new() { Value = (long)period.TotalMilliseconds });
        return (Guid)(await command.ExecuteScalarAsync())!;
    }

    /// <returns>False when the reminder is stored under another etag; true when it is gone, by this call or before.</returns>
    public async Task<bool> DeleteReminderAsync(GrainId id, string name, Guid etag)
    {
        await using var command = Source.CreateCommand(
            "DELETE FROM engine.reminders WHERE grain_type = $1 AND grain_key = $2 AND name = $3 AND etag = $4");
        AddText(command, id.Class.Name, id.Key, name);
        command.Parameters.Add(new() { Value = etag });
        return await command.ExecuteNonQueryAsync() > 0 || !(await ReadRemindersAsync(id)).Exists(row => row.Name == name);
    }

    /// <summary>The reminders of one grain, or of all grains when none is given.</summary>
    public async Task<List<ReminderRow>> ReadRemindersAsync(GrainId? id = null, CancellationToken cancellationToken = default)
    {
        const string all = "SELECT grain_type, grain_key, name, start_at, period_ms, etag FROM engine.reminders";
        await using var command = Source.CreateCommand(id is null ? all : $"{all} WHERE grain_type = $1 AND grain_key = $2");
        if (id is { } only) AddText(command, only.Class.Name, only.Key);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<ReminderRow> rows = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new ReminderRow(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetDateTime(3), TimeSpan.FromMilliseconds(reader.GetInt64(4)), reader.GetGuid(5)));
        }

        return rows;
    }

    private static void AddText(NpgsqlCommand command, params ReadOnlySpan<string> values)
    {
        foreach (var value in values) command.Parameters.Add(new() { Value = value, NpgsqlDbType = NpgsqlDbType.Text });
    }
}
