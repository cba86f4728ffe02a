using System.Text.Json;

namespace Splitstream.Cli.Up;

/// <summary>What `up` was asked for.</summary>
/// <param name="Port">The port asked for; null means the default.</param>
/// <param name="Detach">Return once ready and leave the server running.</param>
/// <param name="Json">Print the addresses and keys as one JSON object.</param>
public sealed record UpOptions(int? Port, bool Detach, bool Json)
{
    /// <summary>The port without --port.</summary>
    public const int DefaultPort = 8080;
}

/// <summary>One run of `up`: from whatever the data folder holds to a server that answers, and back when it ends.</summary>
public sealed class UpSession(DataFolder data, Checkout checkout, Terminal terminal, UpOptions options)
{
    private readonly ServerProcess _servers = new(data, checkout, terminal.Time);
    private UpState _state = UpState.Nothing;

    /// <summary>Brings everything up; in the foreground it then waits for the end.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        data.Create();
        using var held = UpLock.TryTake(data);
        _state = UpState.Read(data);
        if (held is null)
        {
            return await AnswerRunningAsync(cancellationToken);
        }

        if (_state.LiveServers() is { Count: > 0 } live)
        {
            // A server whose `up` was killed in the foreground is nobody's any more; a detached one is the user's.
            if (_state.Owner is null && await AllReadyAsync(live, cancellationToken))
            {
                return await AnswerRunningAsync(cancellationToken);
            }

            terminal.Error.WriteLine("Stopping what an earlier, interrupted start left behind ...");
            await StopServersAsync();
        }

        try
        {
            Save(_state with { Owner = ProcessIdentity.Of(Environment.ProcessId), Servers = [] });
            await StartAsync(cancellationToken);
        }
        catch
        {
            await StopAllAsync();
            throw;
        }

        checkout.WriteLast(data.Path);
        if (options.Detach)
        {
            Save(_state with { Owner = null });
            Announce();
            return ExitCode.Ok;
        }

        Announce();
        return await WatchAsync(cancellationToken);
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var port = options.Port ?? UpOptions.DefaultPort;
        if (!Ports.IsFree(port))
        {
            throw new CliException($"Port {port} is in use by another program.", "Choose another with --port, for example --port 18080.");
        }

        var major = PostgresCluster.MajorOf(data);
        var installation = await PostgresInstallation.FindAsync(major, cancellationToken);
        if (installation is null)
        {
            if (major is not null && await PostgresInstallation.FindAsync(null, cancellationToken) is { } other)
            {
                throw new CliException(
                    $"The database in {data.DatabaseFolder} was made by PostgreSQL {major}, but this machine has {other.Major}.",
                    $"Install it: apt-get install postgresql-{major}");
            }

            await PostgresPackage.InstallAsync(terminal.Error, cancellationToken);
            installation = await PostgresInstallation.FindAsync(major, cancellationToken)
                ?? throw new CliException($"apt installed a PostgreSQL older than {PostgresInstallation.OldestMajor}, or not the one the database needs.");
        }

        var account = await DatabaseAccount.ChooseAsync(data, cancellationToken);
        await account.RequireAccessAsync(data, cancellationToken);

        LogTail.Rotate(data.DatabaseLog);
        LogTail.Rotate(data.ServerLog);
        var cluster = new PostgresCluster(data, installation, account, terminal.Time);
        if (major is null)
        {
            terminal.Error.WriteLine($"Making a private database in {data.DatabaseFolder} ...");
        }

        await cluster.InitialiseAsync(cancellationToken);
        var databasePort = await cluster.StartAsync(_state.DatabasePort, cancellationToken);
        Save(_state with { DatabasePort = databasePort });

        using var process = _servers.Start(port, cluster.ConnectionString(databasePort));
        var identity = ProcessIdentity.Of(process.Id)
            ?? throw new CliException($"The server ended while starting. The end of {data.ServerLog}:\n{LogTail.Of(data.ServerLog)}");
        var server = new ServerState(port, identity);
        Save(_state with { Servers = [.. _state.Servers, server] });
        await _servers.WaitUntilReadyAsync(server, cancellationToken);
    }

    private async Task<int> WatchAsync(CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromMilliseconds(200);
        try
        {
            while (_state.Servers.All(server => server.Process.IsAlive))
            {
                await Task.Delay(pause, terminal.Time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            terminal.Error.WriteLine("Stopping ...");
            await StopAllAsync();
            return ExitCode.Ok;
        }

        await StopAllAsync();
        throw new CliException($"The server ended by itself. The end of {data.ServerLog}:\n{LogTail.Of(data.ServerLog)}");
    }

    /// <summary>Another `up` serves this folder already: good enough when it is ready and the caller wants it in the background.</summary>
    private async Task<int> AnswerRunningAsync(CancellationToken cancellationToken)
    {
        var live = _state.LiveServers();
        if (live.Count == 0 || !await AllReadyAsync(live, cancellationToken))
        {
            throw new CliException(
                $"Another `up` or `down` is at work on {data.Path}{(_state.Owner is { } owner ? $" (process {owner.Id})" : "")}.",
                "Wait for it, or stop it with ./splitstream down.");
        }

        if (options.Port is { } wanted && wanted != live[0].Port)
        {
            throw new CliException($"Splitstream is already running on {data.Path} at {live[0].Url}, not at port {wanted}.",
                $"Stop it first: ./splitstream down --data {data.Path}");
        }

        if (!options.Detach)
        {
            throw new CliException($"Splitstream is already running on {data.Path} at {live[0].Url}.",
                $"Stop it first: ./splitstream down --data {data.Path}");
        }

        checkout.WriteLast(data.Path);
        terminal.Error.WriteLine("Splitstream is already running.");
        Announce();
        return ExitCode.Ok;
    }

    private static async Task<bool> AllReadyAsync(IReadOnlyList<ServerState> servers, CancellationToken cancellationToken)
    {
        foreach (var server in servers)
        {
            if (!await ServerProcess.IsReadyAsync(server.Url, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private void Announce()
    {
        var keys = Keys.Read(data) ?? throw new CliException($"The server is ready but wrote no keys to {data.KeysFile}.");
        var url = _state.Servers[0].Url;
        if (options.Json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(new { url, keys.Admin, keys.Client, data = data.Path, log = data.LogFolder }, JsonSerializerOptions.Web));
            return;
        }

        terminal.Out.WriteLine($"Splitstream is ready at {url}");
        terminal.Out.WriteLine($"  admin key   {keys.Admin}");
        terminal.Out.WriteLine($"  client key  {keys.Client}");
        terminal.Out.WriteLine($"  keys in     {data.KeysFile}");
        terminal.Out.WriteLine($"  logs in     {data.LogFolder}");
        terminal.Out.WriteLine("Next: ./splitstream import FILE.csv --experiment KEY --unit COLUMN --variant COLUMN --control NAME --metric COLUMN");
        terminal.Out.WriteLine(options.Detach ? $"Stop: ./splitstream down --data {data.Path}" : "Stop: Ctrl-C");
        terminal.Out.Flush();
    }

    private async Task StopServersAsync()
    {
        foreach (var server in _state.Servers)
        {
            await _servers.StopAsync(server);
        }
    }

    private async Task StopAllAsync()
    {
        await StopServersAsync();
        await PostgresCluster.StopAsync(data, terminal.Time);
        Save(_state with { Owner = null, Servers = [] });
    }

    private void Save(UpState state)
    {
        _state = state;
        state.Write(data);
    }
}
