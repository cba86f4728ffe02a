using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Splitstream.Testing.Faults;

namespace Splitstream.Testing;

/// <summary>A private PostgreSQL cluster in a temporary folder, started on first use and removed when this process ends.</summary>
/// <remarks>
/// Server programs are taken from <c>/usr/lib/postgresql/*/bin</c> (newest first) or from PATH. PostgreSQL refuses to run as root, so
/// root starts it as the user <c>postgres</c>. A missing server is an error that says so: tests that need one fail, they never skip.
/// The cluster ends even when this process is killed, because the shell that watches it sees its standard input close.
/// </remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    private const int StartAttempts = 3;
    private const string ServerUser = "postgres";
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly Lazy<PostgresServer> SharedServer = new(() => new PostgresServer());

    private readonly Lazy<Task> _started;
    private readonly bool _durable;
    private Process? _watcher;
    private int _port;
    private int _databases;
    private long _logFrom;

    /// <param name="durable">
    /// False (the usual choice) switches fsync and synchronous commit off: fast, and correct as long as the machine stays up.
    /// True keeps PostgreSQL's own durable defaults, for measurements and crash tests.
    /// </param>
    public PostgresServer(bool durable = false)
    {
        _durable = durable;
        _started = new Lazy<Task>(StartAsync);
        DataFolder = Path.Combine(Path.GetTempPath(), $"splitstream-pg-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}");
    }

    /// <summary>The one fast server that all tests of this process share; each test takes a database of its own from it.</summary>
    public static PostgresServer Shared => SharedServer.Value;

    /// <summary>The cluster's folder; absent until the first database was asked for.</summary>
    public string DataFolder { get; }

    /// <summary>The server's log file, where deadlocks and errors are told.</summary>
    public string LogFile => Path.Combine(DataFolder, "server.log");

    /// <summary>Creates an empty database and returns its connection string (TCP on loopback, a superuser without password).</summary>
    /// <exception cref="InvalidOperationException">No PostgreSQL server is installed, or it did not start; the message says why.</exception>
    public async Task<string> CreateDatabaseAsync()
    {
        await _started.Value;
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres", pooling: false));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name, pooling: true);
    }

    /// <summary>The loopback port, the same after every start; 0 until the first database was asked for.</summary>
    public int Port => _port;

    /// <summary>Ends the server; its data stay. Returns when it is gone.</summary>
    /// <param name="immediate">True as in a crash: no checkpoint, recovery at the next start. False rolls back and ends in order.</param>
    public async Task StopAsync(bool immediate)
    {
        var watcher = _watcher ?? throw new InvalidOperationException("No server was started.");
        await watcher.StandardInput.WriteLineAsync(immediate ? "QUIT" : "INT");
        await watcher.StandardInput.FlushAsync();
        await watcher.StandardOutput.ReadLineAsync();
    }

    /// <summary>Starts a stopped server on the same folder and port, and returns when it answers.</summary>
    /// <exception cref="InvalidOperationException">It did not start; the message ends with its log.</exception>
    public async Task StartAgainAsync()
    {
        var watcher = _watcher ?? throw new InvalidOperationException("No server was started.");
        _logFrom = new FileInfo(LogFile).Length;
        await watcher.StandardInput.WriteLineAsync("start");
        await watcher.StandardInput.FlushAsync();
        if (!await AnswersAsync(watcher))
            throw new InvalidOperationException($"PostgreSQL did not start again; its log ends: {LastLogLines()}");
    }

    /// <summary>Cuts connections from the server's side, as an administrator or a failing server does.</summary>
    /// <param name="applicationName">Only connections that gave this name; null for all.</param>
    /// <param name="database">Only connections to this database; null for all.</param>
    /// <returns>How many were cut. They are gone when this returns.</returns>
    public async Task<int> TerminateBackendsAsync(string? applicationName = null, string? database = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres", pooling: false));
        await connection.OpenAsync();
        return await Backends.TerminateAsync(connection, applicationName, database);
    }

    /// <summary>Ends the server at once and removes its folder. Databases of it are gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_watcher is not { } running) return;
        _watcher = null;
        running.StandardInput.Close();
        await running.WaitForExitAsync();
        running.Dispose();
    }

    private async Task StartAsync()
    {
        var programs = FindPrograms();
        for (var attempt = 1; ; attempt++)
        {
            Directory.CreateDirectory(DataFolder);
            if (Environment.IsPrivilegedProcess) await RunAsync(new ProcessStartInfo("chown", [ServerUser, DataFolder]));
            await RunAsync(AsServerUser(
                Path.Combine(programs, "initdb"),
                ["-D", DataFolder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]));
            _port = FreePort();
            _watcher = Launch(programs);
            if (await AnswersAsync(_watcher)) return;
            var log = LastLogLines();
            await DisposeAsync();
            if (attempt == StartAttempts)
                throw new InvalidOperationException($"PostgreSQL did not start in {DataFolder} on port {_port}; its log ends: {log}");
        }
    }

    private Process Launch(string programs)
    {
        // Immediate shutdown (QUIT) is right for a cluster whose folder goes next. The server's own number is in its pid file: what the
        // shell started may be runuser. Nothing the shell starts may hold its output, which ends when the shell does.
        const string script = """
            start() { "$@" >>"$LOG" 2>&1 & server=$!; }
            stop() {
                [ -n "$server" ] || return 0
                kill "-$1" "$(head -n 1 "$FOLDER/postmaster.pid" 2>/dev/null)" 2>/dev/null || kill "-$1" $server 2>/dev/null
                wait $server
                server=
            }
            start "$@"
            while read -r order; do
                case $order in
                    start) start "$@" ;;
                    *) stop "$order"; echo stopped ;;
                esac
            done
            stop QUIT
            rm -rf "$FOLDER"
            """;
        List<string> settings =
        [
            "listen_addresses=127.0.0.1", $"port={_port}", $"unix_socket_directories={DataFolder}", "max_connections=300",
            "shared_buffers=256MB", "log_lock_waits=on", "timezone=UTC", "log_timezone=UTC",
        ];
        if (!_durable) settings.AddRange(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]);
        var server = AsServerUser(Path.Combine(programs, "postgres"), ["-D", DataFolder, .. settings.SelectMany(s => new[] { "-c", s })]);
        var info = new ProcessStartInfo("sh", ["-c", script, "sh", server.FileName, .. server.ArgumentList])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        info.Environment["LOG"] = LogFile;
        info.Environment["FOLDER"] = DataFolder;
        return Process.Start(info)!;
    }

    private async Task<bool> AnswersAsync(Process process)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < StartTimeout && !process.HasExited)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres", pooling: false));
                await connection.OpenAsync();
                // Another process may have taken the port between our look and the start: ask whose server answers.
                await using var command = new NpgsqlCommand("SHOW data_directory", connection);
                return (string?)await command.ExecuteScalarAsync() == DataFolder;
            }
            catch (NpgsqlException)
            {
                if (File.Exists(LogFile) && LastLogLines().Contains("database system is shut down", StringComparison.Ordinal)) return false;
                await Task.Delay(20);
            }
        }

        return false;
    }

    private static string FindPrograms()
    {
        var installed = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql")
                .OrderByDescending(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var major) ? major : 0)
                .Select(d => Path.Combine(d, "bin"))
            : [];
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return installed.Concat(onPath).FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")) && File.Exists(Path.Combine(d, "postgres")))
            ?? throw new InvalidOperationException(
                "These tests need a PostgreSQL server (15 or newer): no initdb and postgres under /usr/lib/postgresql/*/bin or on PATH. "
                + "On Debian or Ubuntu: apt-get install postgresql.");
    }

    private static async Task RunAsync(ProcessStartInfo info)
    {
        info.RedirectStandardOutput = info.RedirectStandardError = true;
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{info.FileName} {string.Join(' ', info.ArgumentList)} ended with {process.ExitCode}: {await output}{await errors}");
    }

    private static ProcessStartInfo AsServerUser(string program, string[] arguments) => Environment.IsPrivilegedProcess
        ? new ProcessStartInfo("runuser", ["-u", ServerUser, "--", program, .. arguments]) { WorkingDirectory = Path.GetTempPath() }
        : new ProcessStartInfo(program, arguments) { WorkingDirectory = Path.GetTempPath() };

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The end of what this start logged.</summary>
    private string LastLogLines()
    {
        if (!File.Exists(LogFile)) return "(no log)";
        using var log = File.OpenText(LogFile);
        log.BaseStream.Position = _logFrom;
        return string.Join('\n', log.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(8));
    }

    private string ConnectionString(string database, bool pooling) =>
        $"Host=127.0.0.1;Port={_port};Username=postgres;Database={database};Pooling={pooling};Include Error Detail=true";
}
