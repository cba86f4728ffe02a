using System.Data;
using System.Runtime.CompilerServices;
using Npgsql;
using Splitstream.Testing;

namespace Splitstream.Database.Tests;

/// <summary>A database with Orleans' tables, and their statements run as Orleans runs them, with its parameters and their types.</summary>
internal sealed class ClusterTables : IAsyncDisposable
{
    public const int Active = 3;
    public const int Joining = 2;
    public const int Dead = 6;

    public static readonly DateTime Noon = new(2030, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly NpgsqlDataSource _database;

    private ClusterTables(NpgsqlDataSource database) => _database = database;

    public static async Task<ClusterTables> CreateAsync()
    {
        var connection = await PostgresServer.Shared.CreateDatabaseAsync();
        var settings = new NpgsqlConnectionStringBuilder(connection) { SearchPath = "orleans", Timezone = "UTC" };
        var tables = new ClusterTables(NpgsqlDataSource.Create(settings));
        await tables.ApplyScriptAsync();
        return tables;
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    public static NpgsqlParameter Text(string name, string? value) => Parameter(name, DbType.String, value);

    public static NpgsqlParameter Number(string name, int? value) => Parameter(name, DbType.Int32, value);

    public static NpgsqlParameter Long(string name, long value) => Parameter(name, DbType.Int64, value);

    public static NpgsqlParameter Time(string name, DateTime value) => Parameter(name, DbType.DateTime, value);

    public static NpgsqlParameter Cluster(string id = "c") => Text("DeploymentId", id);

    public static NpgsqlParameter Service(string id = "s") => Text("ServiceId", id);

    public static NpgsqlParameter[] Reminder(string name) => [Service(), Text("GrainId", "grain"), Text("ReminderName", name)];

    /// <summary>Orleans sends hashes too, which our statements do without.</summary>
    public static NpgsqlParameter[] State(string? key) =>
    [
        Number("GrainIdHash", 17), Long("GrainIdN0", 0), Long("GrainIdN1", 0), Number("GrainTypeHash", 18), Text("GrainTypeString", "type"),
        Text("GrainIdExtensionString", key), Service(),
    ];

    public async Task AddClusterAsync(params Silo[] silos)
    {
        await ScalarAsync("InsertMembershipVersionKey", Cluster());
        foreach (var (version, silo) in silos.Index()) Assert.Equal(1, await InsertAsync(silo, version));
    }

    public async Task<int> InsertAsync(Silo silo, int version, NpgsqlConnection? connection = null) =>
        (int)(await ScalarAsync(
            connection,
            "InsertMembershipKey",
            [
                .. silo.Key(), Text("SiloName", "name"), Text("HostName", "host"), Number("Status", silo.Status),
                Number("ProxyPort", silo.Gateway), Time("StartTime", Noon), Time("IAmAliveTime", silo.Alive), Number("Version", version),
            ]))!;

    public async Task<int> UpdateAsync(Silo silo, int version, string? suspicions) =>
        (int)(await ScalarAsync(
            "UpdateMembershipKey",
            [
                .. silo.Key(), Time("IAmAliveTime", silo.Alive), Number("Status", silo.Status), Text("SuspectTimes", suspicions),
                Number("Version", version),
            ]))!;

    public Task<Dictionary<string, object?>[]> SilosAsync(string cluster = "c") => RunAsync("MembershipReadAllKey", Cluster(cluster));

    public Task<Dictionary<string, object?>[]> GatewaysAsync() => RunAsync("GatewaysQueryKey", [Cluster(), Number("Status", Active)]);

    public async Task<int?> WriteStateAsync(string? key, int? version, byte[] payload, NpgsqlConnection? connection = null) =>
        (int?)await ScalarAsync(
            connection,
            "WriteToStorageKey",
            [
                .. State(key), Number("GrainStateVersion", version), Parameter("PayloadBinary", DbType.Binary, payload),
            ]);

    public async Task<Dictionary<string, object?>> ReadStateAsync(string? key) =>
        Assert.Single(await RunAsync("ReadFromStorageKey", State(key)));

    /// <summary>Orleans sends a period as a 32-bit number when it fits.</summary>
    public async Task<int> ReminderAsync(string name, int hash, long period = 60_000, string grain = "grain", string service = "s") =>
        (int)(await ScalarAsync(
            "UpsertReminderRowKey",
            [
                Service(service), Number("GrainHash", hash), Text("GrainId", grain), Text("ReminderName", name), Time("StartTime", Noon),
                period <= int.MaxValue ? Number("Period", (int)period) : Long("Period", period),
            ]))!;

    /// <summary>Which of the two statements Orleans chooses for a range.</summary>
    public Task<Dictionary<string, object?>[]> RangeAsync(int begin, int end) =>
        RunAsync(begin < end ? "ReadRangeRows1Key" : "ReadRangeRows2Key", [Service(), Number("BeginHash", begin), Number("EndHash", end)]);

    /// <summary>Begins the second while the first is done but not yet committed, and commits once the second waits for it.</summary>
    public async Task<(T First, T Second)> RaceAsync<T>(Func<NpgsqlConnection, Task<T>> first, Func<Task<T>> second)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var firstAnswer = await first(connection);
        var waiting = second();
        await Until.TrueAsync(async () => (await QueryAsync(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")).Length == 1);
        await transaction.CommitAsync();
        return (firstAnswer, await waiting);
    }

    public async Task ApplyScriptAsync()
    {
        await using var command = _database.CreateCommand(await File.ReadAllTextAsync(Script()));
        await command.ExecuteNonQueryAsync();
    }

    public Task<object?> ScalarAsync(string key, params NpgsqlParameter[] parameters) => ScalarAsync(null, key, parameters);

    public async Task<object?> ScalarAsync(NpgsqlConnection? connection, string key, NpgsqlParameter[] parameters) =>
        Assert.Single(Assert.Single(await RunAsync(connection, key, parameters))).Value;

    public Task<Dictionary<string, object?>[]> RunAsync(string key, params NpgsqlParameter[] parameters) => RunAsync(null, key, parameters);

    public async Task<Dictionary<string, object?>[]> RunAsync(NpgsqlConnection? connection, string key, NpgsqlParameter[] parameters)
    {
        var text = (string)(await QueryAsync($"SELECT querytext FROM orleansquery WHERE querykey = '{key}'"))[0]["querytext"]!;
        return await QueryAsync(text, connection, parameters);
    }

    public async Task<Dictionary<string, object?>[]> QueryAsync(
        string sql, NpgsqlConnection? connection = null, params NpgsqlParameter[] parameters)
    {
        await using var command = connection is null ? _database.CreateCommand(sql) : new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<Dictionary<string, object?>>();
        while (await reader.ReadAsync())
        {
            var columns = Enumerable.Range(0, reader.FieldCount);
            rows.Add(columns.ToDictionary(reader.GetName, column => reader.IsDBNull(column) ? null : reader.GetValue(column)));
        }

        return [.. rows];
    }

    private static string Script([CallerFilePath] string file = "") =>
        Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "deploy", "orleans", "postgresql.sql");

    private static NpgsqlParameter Parameter(string name, DbType type, object? value) =>
        new() { ParameterName = name, DbType = type, Value = value ?? DBNull.Value };

    public sealed record Silo(string Address)
    {
        public string Cluster { get; init; } = "c";

        public int Generation { get; init; } = 1;

        public int Status { get; init; } = Active;

        public int Gateway { get; init; } = 30000;

        public DateTime Alive { get; init; } = Noon;

        public NpgsqlParameter[] Key() =>
            [ClusterTables.Cluster(Cluster), Text("Address", Address), Number("Port", 11111), Number("Generation", Generation)];
    }
}
