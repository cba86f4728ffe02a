namespace Splitstream.Cli.Up;

/// <summary>One run of `up`: from whatever the data folder holds to servers that answer, and back when they end.</summary>
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
        var live = _state.LiveServers();
        var ready = live.Count > 0 && await ServerProcess.AreReadyAsync(live, cancellationToken);
        if (held is null)
        {
            if (!ready || live.Count < _state.Nodes)
            {
                throw new CliException(
                    $"Another `up` or `down` is at work on {data.Path}{(_state.Owner is { } owner ? $" (process {owner.Id})" : "")}.",
                    "Wait for it, or stop it with ./splitstream down.");
            }

            RefuseUnlessSame();
            return AnswerRunning();
        }

        // Servers whose `up` was killed in the foreground are nobody's any more; detached ones are the user's.
        if (ready && _state.Owner is null)
        {
            RefuseUnlessSame();
            await RestoreAsync(cancellationToken);
            return AnswerRunning();
        }

        var (port, nodes) = live.Count > 0 && _state.Owner is null ? (_state.Servers[0].Port, _state.Nodes) : (UpOptions.DefaultPort, 1);
        if (live.Count > 0)
        {
            terminal.Error.WriteLine("Stopping what an earlier, interrupted start left behind ...");
        }

        if (_state.Servers.Count > 0)
        {
            // The database too: its settings follow the number of servers.
            await StopAllAsync();
        }

        return await StartAllAsync(options.Port ?? port, options.Nodes ?? nodes, cancellationToken);
    }

    private async Task<int> StartAllAsync(int port, int nodes, CancellationToken cancellationToken)
    {
        var ports = Ports.Consecutive(port, nodes);
        try
        {
            Save(_state with { Owner = ProcessIdentity.Of(Environment.ProcessId), Servers = [], Nodes = nodes });
            RequireFree(ports, "Choose another with --port, for example --port 18080.");
            var connectionString = await StartDatabaseAsync(ports, cancellationToken);
            // The first one migrates the database and writes the keys; the others find both done.
            await StartServersAsync([1], port, connectionString, cancellationToken);
            await StartServersAsync(Enumerable.Range(2, nodes - 1), port, connectionString, cancellationToken);
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
        }

        UpReport.Print(data, _state.Servers, options, terminal.Out);
        return options.Detach ? ExitCode.Ok : await WatchAsync(cancellationToken);
    }

    /// <summary>Starts those servers again that have died since, on their ports; the others are not touched, whatever happens here.</summary>
    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        var missing = _state.Servers.Where(server => !server.Process.IsAlive).ToArray();
        if (missing.Length == 0)
        {
            return;
        }

        terminal.Error.WriteLine($"Starting again what has ended: {string.Join(", ", missing.Select(server => server.Url))} ...");
        RequireFree(missing.Select(server => server.Port), $"Stop that program, or everything here: ./splitstream down --data {data.Path}");
        var connectionString = await StartDatabaseAsync([.. _state.Servers.Select(server => server.Port)], cancellationToken);
        var numbers = missing.Select(server => server.Number).ToArray();
        try
        {
            await StartServersAsync(numbers, _state.Servers[0].Port, connectionString, cancellationToken);
        }
        catch
        {
            await _servers.StopAsync(_state.Servers.Where(server => numbers.Contains(server.Number)));
            throw;
        }
    }

    private static void RequireFree(IEnumerable<int> ports, string hint)
    {
        foreach (var port in ports.Where(port => !Ports.IsFree(port)))
        {
            throw new CliException($"Port {port} is in use by another program.", hint);
        }
    }

    /// <returns>What the servers connect with.</returns>
    private async Task<string> StartDatabaseAsync(IReadOnlyList<int> serverPorts, CancellationToken cancellationToken)
    {
        var installation = await PostgresInstallation.FindOrInstallAsync(data, terminal.Error, cancellationToken);
        var account = await DatabaseAccount.ChooseAsync(data, cancellationToken);
        await account.RequireAccessAsync(data, cancellationToken);

        var cluster = new PostgresCluster(data, installation, account, terminal.Time);
        if (PostgresCluster.MajorOf(data) is null)
        {
            terminal.Error.WriteLine($"Making a private database in {data.DatabaseFolder} ...");
        }

        await cluster.InitialiseAsync(cancellationToken);
        var port = await cluster.StartAsync(_state.DatabasePort, serverPorts, cancellationToken);
        Save(_state with { DatabasePort = port });
        return cluster.ConnectionString(port);
    }

    /// <summary>Starts servers together, each recorded as soon as it runs, and waits until all are ready.</summary>
    private async Task StartServersAsync(IEnumerable<int> numbers, int firstPort, string connectionString, CancellationToken cancellationToken)
    {
        var started = new List<ServerState>();
        foreach (var number in numbers)
        {
            var server = _servers.Start(number, firstPort + number - 1, connectionString);
            started.Add(server);
            var others = _state.Servers.Where(other => other.Number != number);
            Save(_state with { Servers = [.. others.Append(server).OrderBy(one => one.Number)] });
        }

        await Task.WhenAll(started.Select(server => _servers.WaitUntilReadyAsync(server, cancellationToken)));
    }

    private async Task<int> WatchAsync(CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromMilliseconds(200);
        ServerState? ended;
        try
        {
            while ((ended = _state.Servers.FirstOrDefault(server => !server.Process.IsAlive)) is null)
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
        var log = data.ServerLog(ended.Number);
        throw new CliException($"The server at {ended.Url} ended by itself. The end of {log}:\n{LogTail.Of(log)}");
    }

    /// <summary>Another `up` serves this folder already: good enough when it is what the caller asks for, in the background.</summary>
    private void RefuseUnlessSame()
    {
        var wanted = options.Port is { } port && port != _state.Servers[0].Port ? $", not at port {port}"
            : options.Nodes is { } nodes && nodes != _state.Nodes ? $" with {Count(_state.Nodes)}, not with {nodes}"
            : "";
        if (wanted.Length > 0 || !options.Detach)
        {
            throw new CliException($"Splitstream is already running on {data.Path} at {_state.Servers[0].Url}{wanted}.",
                $"Stop it first: ./splitstream down --data {data.Path}");
        }
    }

    private static string Count(int servers) => servers == 1 ? "1 server" : $"{servers} servers";

    private int AnswerRunning()
    {
        checkout.WriteLast(data.Path);
        terminal.Error.WriteLine("Splitstream is already running.");
        UpReport.Print(data, _state.Servers, options, terminal.Out);
        return ExitCode.Ok;
    }

    private async Task StopAllAsync()
    {
        await _servers.StopAsync(_state.Servers);
        await PostgresCluster.StopAsync(data, terminal.Time);
        Save(_state.Stopped());
    }

    private void Save(UpState state)
    {
        _state = state;
        state.Write(data);
    }
}
