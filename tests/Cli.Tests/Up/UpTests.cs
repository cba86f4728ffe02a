using System.Text.Json;
using Splitstream.Cli.Tests.Fakes;
using Splitstream.Cli.Up;

namespace Splitstream.Cli.Tests.Up;

/// <summary>A real cluster is made, started and stopped by the current user; the server is the stand-in.</summary>
public sealed class UpTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly Checkout _checkout;
    private readonly DataFolder _data;

    public UpTests()
    {
        _checkout = new Checkout(_folder.Path, typeof(StandInServer).Assembly.Location);
        _data = DataFolder.At(Path.Combine(_folder.Path, "my data"));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await DownAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Up_makes_everything_and_a_second_start_keeps_the_data_and_the_keys()
    {
        var first = await UpAsync("--json");
        var keys = Keys.Read(_data);
        var mode = File.GetUnixFileMode(_data.KeysFile);
        var down = await DownAsync();
        var second = await UpAsync("--json");

        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
        Assert.Equal(0, down.ExitCode);
        Assert.True(second.ExitCode == 0, second.ToString());
        Assert.Equal(keys, Keys.Read(_data));
        var answer = JsonDocument.Parse(second.Out).RootElement;
        Assert.Equal(keys!.Admin, answer.GetProperty("admin").GetString());
        Assert.Equal(keys.Client, answer.GetProperty("client").GetString());
        Assert.Contains("starts=2", await AskAsync(answer.GetProperty("url").GetString()!));
        Assert.Equal(_data.Path, _checkout.ReadLast());
    }

    [Fact]
    public async Task Down_leaves_no_process_and_may_be_repeated()
    {
        var up = await UpAsync();
        var state = UpState.Read(_data);
        var database = PostgresCluster.RunningProcess(_data);

        var first = await DownAsync();
        var second = await DownAsync();

        Assert.True(up.ExitCode == 0, up.ToString());
        Assert.NotNull(database);
        Assert.False(database.IsAlive);
        Assert.False(Assert.Single(state.Servers).Process.IsAlive);
        Assert.Null(PostgresCluster.RunningProcess(_data));
        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        Assert.Contains("Nothing was running", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_detached_start_on_running_data_says_the_address_and_changes_nothing()
    {
        var first = await UpAsync();
        var before = UpState.Read(_data);

        var second = await Captured.RunAsync(_checkout, ["up", "--detach", "--data", _data.Path]);
        var foreground = await Captured.RunAsync(_checkout, ["up", "--data", _data.Path]);

        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.Equal(0, second.ExitCode);
        Assert.Contains($"http://127.0.0.1:{before.Servers[0].Port}", second.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, foreground.ExitCode);
        Assert.Contains("already running", foreground.Error, StringComparison.Ordinal);
        Assert.Equal(before.Servers, UpState.Read(_data).Servers);
    }

    [Fact]
    public async Task A_start_after_everything_was_killed_recovers()
    {
        var first = await UpAsync("--json");
        var database = PostgresCluster.RunningProcess(_data)!;
        foreach (var process in new[] { database, UpState.Read(_data).Servers[0].Process })
        {
            process.Signal(Posix.Kill);
            Assert.True(await process.WaitForEndAsync(TimeSpan.FromSeconds(30), TimeProvider.System));
        }

        // What a restarted container leaves: the number in postmaster.pid now belongs to somebody else.
        var pidFile = Path.Combine(_data.DatabaseFolder, "postmaster.pid");
        var lines = await File.ReadAllLinesAsync(pidFile);
        lines[0] = "1";
        await File.WriteAllLinesAsync(pidFile, lines);
        var second = await UpAsync("--json");

        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.True(second.ExitCode == 0, second.ToString());
        Assert.Contains("starts=2", await AskAsync(JsonDocument.Parse(second.Out).RootElement.GetProperty("url").GetString()!));
    }

    [Fact]
    public async Task A_foreground_start_ends_with_its_server_and_its_database_when_interrupted()
    {
        using var interrupted = new CancellationTokenSource();
        var running = Captured.RunAsync(_checkout, ["up", "--data", _data.Path, "--port", FreePort()], interrupted.Token);
        while (!running.IsCompleted && _checkout.ReadLast() is null)
        {
            await Task.WhenAny(running, Task.Delay(50));
        }

        var state = UpState.Read(_data);
        var second = await Captured.RunAsync(_checkout, ["up", "--data", _data.Path]);
        var detached = await Captured.RunAsync(_checkout, ["up", "--detach", "--data", _data.Path]);
        await interrupted.CancelAsync();
        var ended = await running;

        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.Equal(ExitCode.Failed, second.ExitCode);
        Assert.Equal(0, detached.ExitCode);
        Assert.False(Assert.Single(state.Servers).Process.IsAlive);
        Assert.Null(PostgresCluster.RunningProcess(_data));
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port;

        var up = await Captured.RunAsync(_checkout, ["up", "--detach", "--data", _data.Path, "--port", $"{port}"]);

        Assert.Equal(ExitCode.Failed, up.ExitCode);
        Assert.Contains($"Port {port} is in use", up.Error, StringComparison.Ordinal);
        Assert.Null(PostgresCluster.RunningProcess(_data));
    }

    [Fact]
    public async Task A_server_that_ends_while_starting_takes_the_database_down_and_shows_its_log()
    {
        var broken = new Checkout(_folder.Path, Path.Combine(_folder.Path, "no-program.dll"));
        await File.WriteAllTextAsync(broken.ServerAssembly, "not an assembly");

        var up = await Captured.RunAsync(broken, ["up", "--detach", "--data", _data.Path, "--port", FreePort()]);

        Assert.Equal(ExitCode.Failed, up.ExitCode);
        Assert.Contains("ended while starting", up.Error, StringComparison.Ordinal);
        Assert.Null(PostgresCluster.RunningProcess(_data));
    }

    private Task<Captured> UpAsync(params string[] more) =>
        Captured.RunAsync(_checkout, ["up", "--detach", "--data", _data.Path, "--port", FreePort(), .. more]);

    private Task<Captured> DownAsync() => Captured.RunAsync(_checkout, ["down", "--data", _data.Path]);

    private static string FreePort() => $"{Ports.Choose(null)}";

    private static async Task<string> AskAsync(string url)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(url);
    }
}
