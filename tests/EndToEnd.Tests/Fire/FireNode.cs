using System.Globalization;
using Npgsql;
using Splitstream.Cli;
using Splitstream.Cli.Up;
using Splitstream.Testing;
using Splitstream.Testing.Faults;

namespace Splitstream.EndToEnd.Tests.Fire;

/// <summary>
/// One server process over an installation's database that may be killed and started again on its port. What it hears of other servers
/// comes through a proxy of its own.
/// </summary>
public sealed class FireNode : IAsyncDisposable
{
    private const int Terminate = 15;
    private const int StartAttempts = 10;
    private const string PoolSize = "Maximum Pool Size=40";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Longer than any answer takes while servers are dead or cut off.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(15);

    private readonly Installation _installation;
    private readonly int _port = Installation.FreePort();
    private ProcessIdentity? _process;

    public FireNode(Installation installation)
    {
        _installation = installation;
        Notifications = new TcpProxy(UpState.Read(installation.Data).DatabasePort!.Value);
        var keys = Keys.Read(installation.Data)!;
        Client = Connect(keys.Client);
        Admin = Connect(keys.Admin);
    }

    /// <summary>Stands before the connection on which the server listens for what others changed.</summary>
    public TcpProxy Notifications { get; }

    /// <summary>Asks with the client key.</summary>
    public HttpClient Client { get; }

    /// <summary>Asks with the admin key.</summary>
    public HttpClient Admin { get; }

    private string Log =>
        Path.Combine(_installation.Data.LogFolder, string.Create(CultureInfo.InvariantCulture, $"fire-{_port}.log"));

    /// <summary>Starts the process and returns when it is ready. One that ends before is started again, as a supervisor would.</summary>
    public async Task StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            Launch();
            if (await IsReadyInTimeAsync()) return;
            await StopAsync();
            if (attempt == StartAttempts)
                throw new InvalidOperationException($"The server at port {_port} did not start:\n{LogTail.Of(Log)}");
        }
    }

    /// <summary>Ends the process with SIGKILL and returns when it is gone.</summary>
    public async Task KillAsync()
    {
        ProcessSignals.Kill(_process!.Id);
        await _process.WaitForEndAsync(Patience, TimeProvider.System);
    }

    /// <summary>Ends the process with SIGTERM, as a supervisor does, and returns when it is gone.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        _process.Signal(Terminate);
        if (!await _process.WaitForEndAsync(Patience, TimeProvider.System)) await KillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Notifications.DisposeAsync();
        Client.Dispose();
        Admin.Dispose();
    }

    private void Launch()
    {
        var secrets = DataFolder.ReadJson<DatabaseSecrets>(_installation.Data.DatabaseSecretsFile)!;
        var database = new NpgsqlConnectionStringBuilder(PoolSize)
        {
            Host = "127.0.0.1", Port = Notifications.TargetPort, Database = FireCluster.Database, Username = FireCluster.Database,
            Password = secrets.Server,
        };
        var environment = new Dictionary<string, string>
        {
            ["Splitstream__Urls"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"),
            ["Splitstream__ConnectionString"] = database.ConnectionString,
            ["Splitstream__KeysFile"] = _installation.Data.KeysFile,
            ["Splitstream__Cluster__SiloPort"] = "0",
            ["Splitstream__Cluster__GatewayPort"] = "0",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = "",
            ["ASPNETCORE_HTTP_PORTS"] = "",
            ["Logging__LogLevel__Microsoft.AspNetCore"] = "Warning",
        };
        database.Port = Notifications.Port;
        environment["Splitstream__ListenConnectionString"] = database.ConnectionString;
        using var process = CommandRunner.StartDetached(["dotnet", Checkout.Find().ServerAssembly], environment, Log);
        _process = ProcessIdentity.Of(process.Id);
    }

    private async Task<bool> IsReadyInTimeAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (_process is { IsAlive: true } && TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            try
            {
                using var answer = await Admin.GetAsync("/health/ready");
                if (answer.IsSuccessStatusCode) return true;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(Pause);
        }

        return false;
    }

    private HttpClient Connect(string key)
    {
        var client = JsonApi.Client(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"), key);
        client.Timeout = AnswerPatience;
        return client;
    }
}
