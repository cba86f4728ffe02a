using Npgsql;
using Splitstream.Testing;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>A PostgreSQL cluster with the roles and the database that docs/install.md makes; roles need their passwords.</summary>
internal sealed class LiveDatabase : IAsyncDisposable
{
    public const string Password = "of-the-servers";
    public const string BackupPassword = "of-the-backup";

    private const string Access =
        """
        local all all trust
        host all postgres 127.0.0.1/32 trust
        host all all 127.0.0.1/32 scram-sha-256

        """;

    private readonly PostgresServer _server;
    private readonly string _administrator;

    private LiveDatabase(PostgresServer server, string administrator)
    {
        _server = server;
        _administrator = administrator;
    }

    public int Port => _server.Port;

    public static async Task<LiveDatabase> CreateAsync()
    {
        var server = new PostgresServer();
        var administrator = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync()) { Database = "postgres", Pooling = false };
        var database = new LiveDatabase(server, administrator.ConnectionString);
        await File.WriteAllTextAsync(Path.Combine(server.DataFolder, "pg_hba.conf"), Access);
        await using (var connection = await database.OpenAsync())
        await using (var reload = new NpgsqlCommand("SELECT pg_reload_conf()", connection))
        {
            await reload.ExecuteNonQueryAsync();
        }

        var script = Path.GetTempFileName();
        await File.WriteAllTextAsync(script, Sources.InstructionsIn("sql"));
        var made = await Tool.RunAsync(
            ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", $"{server.Port}", "-U", "postgres", "-d", "postgres", "-f", script],
            environment: new Dictionary<string, string> { ["SPLITSTREAM_PASSWORD"] = Password, ["BACKUP_PASSWORD"] = BackupPassword });
        File.Delete(script);
        if (!made.IsOk) throw new InvalidOperationException(made.ToString());
        return database;
    }

    /// <summary>Opens a database as its administrator.</summary>
    public async Task<NpgsqlConnection> OpenAsync(string name = "postgres")
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_administrator) { Database = name }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Reads rows of the servers' database.</summary>
    public async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, string database = "splitstream")
    {
        await using var connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
