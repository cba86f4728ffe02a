using System.Collections.Concurrent;
using System.Text.Json;
using Npgsql;
using Splitstream.Testing;
using Splitstream.Testing.History;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>
/// The deployment of docs/install.md on this machine's loopback: PostgreSQL, PgBouncer, two servers as their units say, nginx. Under the
/// traffic of several clients one server is killed, a backup is taken, and all servers are restarted one by one.
/// </summary>
public sealed class LiveDeployment : IAsyncLifetime
{
    private const int Clients = 12;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly Installation _installation = new();
    private readonly int[] _ports = [FreePorts.Next(), FreePorts.Next()];
    private readonly ClientHistory _history = new(TimeProvider.System);
    private readonly ConcurrentQueue<string> _known = new();
    private IUnits? _units;
    private Front? _front;
    private Pooler? _pooler;
    private LiveDatabase? _database;
    private LiveDatabase? _restored;
    private HttpClient? _admin;
    private HttpClient? _client;

    public static IReadOnlyList<string> Experiments { get; } = ["live-left", "live-right", "live-free"];

    /// <summary>What clients were told while all of it happened.</summary>
    public IReadOnlyList<HistoryRecord> Records { get; private set; } = [];

    /// <summary>When a server was killed, and when it was ready again.</summary>
    public (TimeSpan From, TimeSpan To) Killed { get; private set; }

    public (TimeSpan From, TimeSpan To) BackedUp { get; private set; }

    /// <summary>When the servers were restarted one by one.</summary>
    public (TimeSpan From, TimeSpan To) Rolled { get; private set; }

    /// <summary>The tables when all clients were done.</summary>
    public TableState Tables { get; private set; } = null!;

    /// <summary>A look taken before the backup.</summary>
    public string Snapshot { get; private set; } = "";

    public string Description => _units!.Description;

    /// <summary>The database that was backed up.</summary>
    internal LiveDatabase Database => _database!;

    /// <summary>The one that servers are on now.</summary>
    internal LiveDatabase Current => _restored ?? _database!;

    internal LiveBackup Backup => LiveBackup.Newest(_installation);

    internal Pooler Pooler => _pooler!;

    internal IUnits Units => _units!;

    internal JsonApi Admin => new(_admin!);

    internal HttpClient AdminClient => _admin!;

    internal HttpClient Client => _client!;

    public async Task InitializeAsync()
    {
        _database = await LiveDatabase.CreateAsync();
        await StartPoolerAsync(_database);
        Install();
        var (nested, reason) = await NestedSystemd.TryStartAsync(_installation);
        _units = nested ?? (IUnits)await PlainUnits.CreateAsync(_installation, reason);
        await _units.StartAsync("splitstream.target");
        foreach (var port in _ports) await ReadyAsync(port);
        _front = await Front.StartAsync(Front.Nginx, _ports[0], _ports[1]);
        using (var keys = JsonDocument.Parse(await File.ReadAllTextAsync(_installation.At("/var/lib/splitstream/keys.json"))))
        {
            _admin = _front.Connect(keys.RootElement.GetProperty("admin").GetString());
            _client = _front.Connect(keys.RootElement.GetProperty("client").GetString());
        }

        await CreateExperimentsAsync();
        await RunAsync();
    }

    /// <summary>Lets all servers of this host go on with another database for good, as after a restore.</summary>
    internal async Task MoveToAsync(LiveDatabase database)
    {
        _restored = database;
        await _units!.StopAsync("splitstream.target");
        await _pooler!.DisposeAsync();
        await StartPoolerAsync(database);
        var settings = _units.Locate("/etc/splitstream/server.env");
        await File.WriteAllTextAsync(settings, Installation.EditSettings(await File.ReadAllTextAsync(settings), Connections(database)));
        await _units.StartAsync("splitstream.target");
        foreach (var port in _ports) await ReadyAsync(port);
    }

    /// <summary>A folder for files of a test.</summary>
    internal string At(string path) => _installation.At(path);

    public async Task DisposeAsync()
    {
        _admin?.Dispose();
        _client?.Dispose();
        if (_front is not null) await _front.DisposeAsync();
        if (_units is not null) await _units.DisposeAsync();
        if (_pooler is not null) await _pooler.DisposeAsync();
        if (_restored is not null) await _restored.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
        _installation.Dispose();
    }

    private async Task StartPoolerAsync(LiveDatabase database)
    {
        await using var administrator = await database.OpenAsync();
        _pooler = await Pooler.StartAsync(administrator, database.Port);
    }

    private Dictionary<string, string> Connections(LiveDatabase database) => new()
    {
        ["Splitstream__ConnectionString"] =
            $"Host=127.0.0.1;Port={database.Port};Database=splitstream;Username=splitstream;Password={LiveDatabase.Password};Maximum Pool Size=40",
        ["Splitstream__ManagementConnectionString"] =
            $"Host=127.0.0.1;Port={_pooler!.Port};Database=splitstream;Username=splitstream;Password={LiveDatabase.Password};Maximum Pool Size=20",
    };

    private void Install()
    {
        var settings = Connections(_database!);
        settings["Splitstream__DrainSeconds"] = "1";
        settings["DOTNET_ROOT"] = "/opt/dotnet";
        // Where servers are silos, those of one host need ports of their own.
        settings["Splitstream__Cluster__SiloPort"] = settings["Splitstream__Cluster__GatewayPort"] = "0";
        _installation.InstallSettings("systemd/server.env", "/etc/splitstream/server.env", settings);
        _installation.InstallSettings("backup/backup.env", "/etc/splitstream/backup.env", new Dictionary<string, string>
        {
            ["PGPORT"] = $"{_database!.Port}", ["PGPASSWORD"] = LiveDatabase.BackupPassword,
        });
        // The first keys are one server's to write.
        File.WriteAllText(
            _installation.At($"/etc/splitstream/server-{_ports[0]}.env"), "Splitstream__KeysFile=/var/lib/splitstream/keys.json\n");
        var wanted = Directory.CreateDirectory(_installation.At("/etc/systemd/system/splitstream.target.wants")).FullName;
        foreach (var port in _ports) File.CreateSymbolicLink(Path.Combine(wanted, $"splitstream@{port}.service"), "../splitstream@.service");
    }

    private async Task CreateExperimentsAsync()
    {
        await Admin.PostAsync("/v1/metrics", new { key = "live-bought", name = "Bought", type = "conversion", @event = "bought", windowHours = 24 }, 201);
        await Admin.PostAsync("/v1/mutex-groups", new { key = "live-group", name = "Live" }, 201);
        foreach (var key in Experiments)
        {
            await Admin.PostAsync("/v1/experiments", new
            {
                key,
                name = key,
                hypothesis = "An operator sleeps at night.",
                primaryMetric = "live-bought",
                variants = new object[] { new { key = "control", weight = 1 }, new { key = "treatment", weight = 1 } },
                mutexGroup = key == "live-free" ? null : "live-group",
            }, 201);
            await Admin.PostAsync($"/v1/experiments/{key}/start");
        }
    }

    private async Task RunAsync()
    {
        using var ending = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients)
            .Select(number => new LiveClient(_client!, _history, Experiments, _known, number).RunAsync(ending.Token)).ToArray();
        try
        {
            await Task.Delay(Quiet);
            Killed = await TimeAsync(async () =>
            {
                await _units!.KillAsync($"splitstream@{_ports[0]}.service");
                await Until.TrueAsync(async () => !await IsReadyAsync(_ports[0]));
                await ReadyAsync(_ports[0]);
            });
            await Task.Delay(Quiet);
            Snapshot = (await Admin.PostAsync("/v1/experiments/live-free/analyze")).GetProperty("snapshotId").GetString()!;
            await EnterAnotherClusterAsync();
            BackedUp = await TimeAsync(() => _units!.StartAsync("splitstream-backup.service"));
            Rolled = await TimeAsync(() => _units!.RollAsync(_ports));
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(clients);
        }

        Records = _history.Records;
        await using var connection = await _database!.OpenAsync("splitstream");
        Tables = await TableReader.ReadAsync(connection, LiveClient.Prefix);
    }

    /// <summary>Makes Orleans' tables where the engine has not, and enters a silo that no restored copy may call.</summary>
    private async Task EnterAnotherClusterAsync()
    {
        await using var connection = await _database!.OpenAsync("splitstream");
        await using var enter = new NpgsqlCommand(
            Sources.Read("deploy/orleans/postgresql.sql") +
            """

            INSERT INTO orleans.clusters (cluster_id) VALUES ('elsewhere');
            INSERT INTO orleans.silos (cluster_id, address, port, generation, name, host, status, started_at, alive_at)
            VALUES ('elsewhere', '192.0.2.1', 11111, 1, 'silo', 'host', 3, now(), now());
            """,
            connection);
        await enter.ExecuteNonQueryAsync();
    }

    private async Task<(TimeSpan, TimeSpan)> TimeAsync(Func<Task> act)
    {
        var from = _history.Now;
        await act();
        return (from, _history.Now);
    }

    private async Task ReadyAsync(int port)
    {
        try
        {
            await Until.TrueAsync(() => IsReadyAsync(port));
        }
        catch (TimeoutException exception)
        {
            var logs = Directory.GetFiles(_installation.At("/var/log"), "*.log").Select(File.ReadAllText);
            throw new TimeoutException($"The server on port {port} is not ready ({Description}):\n{string.Concat(logs)}", exception);
        }
    }

    private static async Task<bool> IsReadyAsync(int port)
    {
        using var client = JsonApi.Client($"http://127.0.0.1:{port}", "none");
        try
        {
            using var answer = await client.GetAsync("/health/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
