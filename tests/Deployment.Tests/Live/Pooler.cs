using System.Globalization;
using Npgsql;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>PgBouncer with the deployment's files, before a database of this machine.</summary>
internal sealed class Pooler : IAsyncDisposable
{
    private const string User = "postgres";

    private readonly string _folder;
    private Supervised? _process;

    private Pooler(string folder, int port)
    {
        _folder = folder;
        Port = port;
    }

    public int Port { get; }

    /// <param name="administrator">A superuser's connection, to copy the role's secret.</param>
    public static async Task<Pooler> StartAsync(NpgsqlConnection administrator, int databasePort)
    {
        var folder = Directory.CreateTempSubdirectory("splitstream-pooler-").FullName;
        var pooler = new Pooler(folder, FreePorts.Next());
        await using (var secret = new NpgsqlCommand(
            "SELECT format('\"%s\" \"%s\"', rolname, rolpassword) FROM pg_authid WHERE rolname = 'splitstream'", administrator))
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "userlist.txt"), (string)(await secret.ExecuteScalarAsync())! + "\n");
        }

        await File.WriteAllTextAsync(
            Path.Combine(folder, "pgbouncer.ini"),
            (await File.ReadAllTextAsync(Sources.PathOf("deploy/pgbouncer/pgbouncer.ini")))
            .Replace("port=5432", $"port={databasePort}", StringComparison.Ordinal)
            .Replace("listen_port = 6432", $"listen_port = {pooler.Port}", StringComparison.Ordinal)
            .Replace("/etc/pgbouncer", folder, StringComparison.Ordinal));
        if (Environment.IsPrivilegedProcess) await Tool.SucceedAsync("chown", "-R", User, folder);
        pooler.Start();
        return pooler;
    }

    public void Start()
    {
        string[] asUser = Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups", "--"] : [];
        _process = Supervised.Start([.. asUser, Tool.Find("pgbouncer"), Path.Combine(_folder, "pgbouncer.ini")], Path.Combine(_folder, "log"));
    }

    /// <summary>Ends it with all connections; it can be started again on its port.</summary>
    public async Task StopAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>The local ports of its connections to the database, as the database sees them.</summary>
    public async Task<IReadOnlyList<int>> ReadServerPortsAsync(string password) =>
        [.. (await ShowAsync("SHOW SERVERS", password)).Select(row => int.Parse(row["local_port"], CultureInfo.InvariantCulture))];

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Its console speaks the simple protocol alone, which psql does.</summary>
    private async Task<List<Dictionary<string, string>>> ShowAsync(string order, string password)
    {
        var run = await Tool.RunAsync(
            ["psql", "-XA", "-F", "\t", "-P", "footer=off", "-h", "127.0.0.1", "-p", $"{Port}", "-U", "splitstream", "-d", "pgbouncer", "-c", order],
            environment: new Dictionary<string, string> { ["PGPASSWORD"] = password });
        if (run.ExitCode != 0) throw new InvalidOperationException(run.ToString());
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).ToList();
        return [.. lines.Skip(1).Select(row => lines[0].Zip(row).ToDictionary(pair => pair.First, pair => pair.Second))];
    }
}
