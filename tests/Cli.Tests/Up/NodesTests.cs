using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Splitstream.Cli.Tests.Fakes;
using Splitstream.Cli.Up;

namespace Splitstream.Cli.Tests.Up;

/// <summary>`up --nodes`: several stand-in servers over one real cluster.</summary>
public sealed class NodesTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly Checkout _checkout;
    private readonly DataFolder _data;

    public NodesTests()
    {
        _checkout = new Checkout(_folder.Path, typeof(StandInServer).Assembly.Location);
        _data = DataFolder.At(Path.Combine(_folder.Path, "data"));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await RunAsync("down");
        _folder.Dispose();
    }

    [Fact]
    public async Task Up_starts_so_many_servers_on_consecutive_ports_and_down_stops_all()
    {
        var port = ConsecutivePorts.Free(3);

        var up = await UpAsync(port, 3, "--json");
        var state = UpState.Read(_data);
        var down = await RunAsync("down");

        Assert.True(up.ExitCode == 0, up.ToString());
        var answer = JsonDocument.Parse(up.Out).RootElement;
        var urls = Enumerable.Range(port, 3).Select(each => $"http://127.0.0.1:{each}").ToList();
        Assert.Equal(urls[0], answer.GetProperty("url").GetString());
        Assert.Equal(urls, answer.GetProperty("nodes").EnumerateArray().Select(node => node.GetString()!));
        Assert.Equal(urls, state.Servers.Select(server => server.Url));
        Assert.Equal(3, state.Nodes);
        Assert.All(new[] { "server.log", "server-2.log", "server-3.log" }, log =>
            Assert.Contains("ready", File.ReadAllText(Path.Combine(_data.LogFolder, log)), StringComparison.Ordinal));
        Assert.Equal(0, down.ExitCode);
        Assert.All(state.Servers, server => Assert.False(server.Process.IsAlive));
        Assert.Null(PostgresCluster.RunningProcess(_data));
        Assert.Equal(1, UpState.Read(_data).Nodes);
    }

    [Fact]
    public async Task A_second_start_is_content_with_the_same_number_or_none_and_refuses_another()
    {
        var port = ConsecutivePorts.Free(2);
        await UpAsync(port, 2);
        var before = UpState.Read(_data).Servers;

        var same = await UpAsync(port, 2);
        var without = await RunAsync("up", "--detach");
        var more = await UpAsync(port, 3);
        var elsewhere = await RunAsync("up", "--detach", "--port", $"{port + 1}");

        Assert.All([same, without], run =>
        {
            Assert.True(run.ExitCode == 0, run.ToString());
            Assert.Contains("already running", run.Error, StringComparison.Ordinal);
            Assert.Contains($"http://127.0.0.1:{port + 1}", run.Out, StringComparison.Ordinal);
        });
        Assert.Equal(ExitCode.Failed, more.ExitCode);
        Assert.Contains("with 2 servers, not with 3", more.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, elsewhere.ExitCode);
        Assert.Contains($"not at port {port + 1}", elsewhere.Error, StringComparison.Ordinal);
        Assert.Equal(before, UpState.Read(_data).Servers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Servers_that_died_are_started_again_on_their_ports_beside_those_that_live(int dead)
    {
        await UpAsync(ConsecutivePorts.Free(3), 3);
        var before = UpState.Read(_data).Servers;
        await KillAsync(before[dead - 1]);

        var again = await RunAsync("up", "--detach");
        var after = UpState.Read(_data);

        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.Contains($"Starting again what has ended: {before[dead - 1].Url} ", again.Error, StringComparison.Ordinal);
        Assert.Equal(before.Select(server => (server.Number, server.Port)), after.Servers.Select(server => (server.Number, server.Port)));
        Assert.All(after.Servers, server => Assert.True(server.Process.IsAlive));
        Assert.Equal(before.Where(server => server.Number != dead), after.Servers.Where(server => server.Number != dead));
        Assert.Null(after.Owner);
    }

    [Fact]
    public async Task A_port_that_was_taken_over_meanwhile_is_named_and_the_living_go_on()
    {
        await UpAsync(ConsecutivePorts.Free(2), 2);
        var before = UpState.Read(_data).Servers;
        await KillAsync(before[1]);
        using var other = new TcpListener(IPAddress.Loopback, before[1].Port);
        other.Start();

        var again = await RunAsync("up", "--detach");

        Assert.Equal(ExitCode.Failed, again.ExitCode);
        Assert.Contains($"Port {before[1].Port} is in use", again.Error, StringComparison.Ordinal);
        Assert.True(before[0].Process.IsAlive);
        Assert.Equal(before, UpState.Read(_data).Servers);
    }

    [Fact]
    public async Task Any_of_the_ports_being_in_use_is_named_before_anything_starts()
    {
        var port = ConsecutivePorts.Free(3);
        using var other = new TcpListener(IPAddress.Loopback, port + 2);
        other.Start();

        var up = await UpAsync(port, 3);

        Assert.Equal(ExitCode.Failed, up.ExitCode);
        Assert.Contains($"Port {port + 2} is in use", up.Error, StringComparison.Ordinal);
        Assert.Null(PostgresCluster.RunningProcess(_data));
    }

    [Fact]
    public async Task In_the_foreground_one_server_that_ends_takes_the_others_down_and_is_named()
    {
        var running = RunAsync("up", "--port", $"{ConsecutivePorts.Free(3)}", "--nodes", "3");
        while (!running.IsCompleted && _checkout.ReadLast() is null)
        {
            await Task.WhenAny(running, Task.Delay(50));
        }

        var servers = UpState.Read(_data).Servers;
        await KillAsync(servers[1]);
        var ended = await running;

        Assert.Equal(ExitCode.Failed, ended.ExitCode);
        Assert.Contains($"The server at {servers[1].Url} ended by itself", ended.Error, StringComparison.Ordinal);
        Assert.Contains("server-2.log", ended.Error, StringComparison.Ordinal);
        Assert.All(servers, server => Assert.False(server.Process.IsAlive));
        Assert.Null(PostgresCluster.RunningProcess(_data));
    }

    [Theory]
    [InlineData("between 1 and 16", "--nodes", "0")]
    [InlineData("between 1 and 16", "--nodes", "17")]
    [InlineData("end at port 65536", "--nodes", "3", "--port", "65534")]
    public async Task A_number_of_servers_out_of_range_is_refused(string says, params string[] arguments)
    {
        var up = await RunAsync("up", ["--detach", .. arguments]);

        Assert.Equal(ExitCode.Usage, up.ExitCode);
        Assert.Contains(says, up.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_data.Path));
    }

    private Task<Captured> UpAsync(int port, int nodes, params string[] more) =>
        RunAsync("up", ["--detach", "--port", $"{port}", "--nodes", $"{nodes}", .. more]);

    private Task<Captured> RunAsync(string verb, params string[] arguments) => Captured.RunAsync(_checkout, [verb, "--data", _data.Path, .. arguments]);

    private static async Task KillAsync(ServerState server)
    {
        server.Process.Signal(Posix.Kill);
        Assert.True(await server.Process.WaitForEndAsync(TimeSpan.FromSeconds(30), TimeProvider.System));
    }
}
