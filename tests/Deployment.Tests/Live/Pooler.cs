using System.Globalization;
using Npgsql;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>PgBouncer with the deployment's files, before a database of this machine.</summary>
internal sealed class Pooler : IAsyncDisposable
{
    private const string User = "postgres";

    private readonly string _folder;
    private readonly string _database;
    private Supervised? _process;

    private Pooler(string folder, string database, int port)
    {
        _folder = folder;
        _database = database;
        Port = port;
    }

    public int Port { get; }

    /// <param name="administrator">A superuser's connection, to copy the role's secret.</param>
    public static async Task<Pooler> StartAsync(NpgsqlConnection administrator, int databasePort, string database)
    {
        var folder = Directory.CreateTempSubdirectory("splitstream-pooler-").FullName;
        var pooler = new Pooler(folder, database, FreePorts.Next());
        await using (var secret = new NpgsqlCommand(
            "SELECT format('\"%s\" \"%s\"', rolname, rolpassword) FROM pg_authid WHERE rolname = 'splitstream'", administrator))
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "userlist.txt"), (string)(await secret.ExecuteScalarAsync())! + "\n");
        }

        await File.WriteAllTextAsync(
            Path.Combine(folder, "pgbouncer.ini"),
            (await File.ReadAllTextAsync(DeployFolder.At("pgbouncer/pgbouncer.ini")))
            .Replace("port=5432", $"port={databasePort}", StringComparison.Ordinal)
            .Replace("listen_port = 6432", $"listen_port = {pooler.Port}", StringComparison.Ordinal)
            .Replace("/etc/pgbouncer", folder, StringComparison.Ordinal));
        string[] asUser = [];
        if (Environment.IsPrivilegedProcess)
        {
            await Command.SucceedAsync("chown", "-R", User, folder);
            asUser = ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups", "--"];
        }

        pooler._process = Supervised.Start([.. asUser, "/usr/sbin/pgbouncer", Path.Combine(folder, "pgbouncer.ini")], Path.Combine(folder, "log"));
        return pooler;
    }

    /// <summary>Transactions that it has passed on.</summary>
    public async Task<long> CountTransactionsAsync(string password) =>
        (await ShowAsync("SHOW STATS", password)).Where(row => row["database"] == _database)
        .Sum(row => long.Parse(row["total_xact_count"], CultureInfo.InvariantCulture));

    /// <summary>The local ports of its connections to the database, as the database sees them.</summary>
    public async Task<IReadOnlyList<int>> ReadServerPortsAsync(string password) =>
        [.. (await ShowAsync("SHOW SERVERS", password)).Select(row => int.Parse(row["local_port"], CultureInfo.InvariantCulture))];

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Its console speaks the simple protocol alone, which psql does.</summary>
    private async Task<List<Dictionary<string, string>>> ShowAsync(string order, string password)
    {
        var run = await Command.RunAsync(
            ["psql", "-XA", "-F", "\t", "-P", "footer=off", "-h", "127.0.0.1", "-p", $"{Port}", "-U", "splitstream", "-d", "pgbouncer", "-c", order],
            new Dictionary<string, string> { ["PGPASSWORD"] = password });
        if (run.ExitCode != 0) throw new InvalidOperationException(run.ToString());
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).ToList();
        return [.. lines.Skip(1).Select(row => lines[0].Zip(row).ToDictionary(pair => pair.First, pair => pair.Second))];
    }
}
