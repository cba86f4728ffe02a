using System.Net;
using System.Net.Sockets;
using Splitstream.Testing.Faults;

namespace Splitstream.Testing.Tests.Faults;

public sealed class TcpProxyTests : IAsyncLifetime
{
    private readonly EchoServer _server = new();
    private readonly ManualTime _time = new();
    private readonly List<Socket> _clients = [];
    private TcpProxy _proxy = null!;

    [Fact]
    public async Task Bytes_pass_both_ways_and_connections_are_counted()
    {
        var (one, two) = (await ConnectAsync(), await ConnectAsync());

        Assert.Equal(7, await AskAsync(one, 7));
        Assert.Equal(8, await AskAsync(two, 8));
        Assert.Equal((2, 2), (_proxy.AcceptedConnections, _proxy.OpenConnections));

        one.Shutdown(SocketShutdown.Send);
        Assert.Null(await ReadAsync(one));
        await UntilAsync(() => _proxy.OpenConnections == 1);
        Assert.Equal(9, await AskAsync(two, 9));
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 3)]
    [InlineData(1, 2)]
    public async Task A_delay_holds_back_each_direction(int toServer, int toClient)
    {
        var client = await ConnectAsync();
        var before = _time.GetUtcNow();
        _proxy.Delay(TimeSpan.FromHours(toServer), TimeSpan.FromHours(toClient));

        var asked = AskAsync(client, 1);
        await _time.AdvanceUntilAsync(asked, TimeSpan.FromMinutes(1));

        Assert.Equal(1, await asked);
        Assert.True(_time.GetUtcNow() - before >= TimeSpan.FromHours(3));
    }

    [Fact]
    public async Task A_restored_proxy_passes_on_at_once_what_was_held_back()
    {
        var client = await ConnectAsync();
        _proxy.Delay(TimeSpan.Zero, TimeSpan.FromHours(1));
        var asked = AskAsync(client, 1);
        await UntilAsync(() => _server.ReceivedBytes == 1);

        _proxy.Restore();

        Assert.Equal(1, await asked);
    }

    [Fact]
    public async Task A_cut_ends_what_is_open_and_what_comes_until_it_is_restored()
    {
        var open = await ConnectAsync();
        Assert.Equal(1, await AskAsync(open, 1));

        _proxy.Cut();
        Assert.Null(await ReadAsync(open));
        Assert.Null(await TryAskAsync(2));
        Assert.Equal((2, 1), (_proxy.AcceptedConnections, _server.ReceivedBytes));

        _proxy.Restore();
        Assert.Equal(3, await TryAskAsync(3));
    }

    [Fact]
    public async Task Dropped_bytes_never_arrive_on_a_connection_that_stays_open()
    {
        var client = await ConnectAsync();
        Assert.Equal(1, await AskAsync(client, 1));
        _proxy.Drop();
        var late = await ConnectAsync();
        await late.SendAsync(new byte[] { 2 });
        await client.SendAsync(new byte[] { 2 });
        var (waiting, lateWaiting) = (ReadAsync(client), ReadAsync(late));
        await UntilAsync(() => _proxy.ConnectionsThatLostBytes == 2);
        Assert.False(waiting.IsCompleted || lateWaiting.IsCompleted);
        Assert.Equal(2, _proxy.OpenConnections);

        _proxy.Restore();

        Assert.Null(await waiting);
        Assert.Null(await lateWaiting);
        Assert.Equal(1, _server.ReceivedBytes);
        Assert.Equal(3, await TryAskAsync(3));
    }

    [Fact]
    public async Task A_connection_that_was_silent_while_bytes_were_dropped_lives_on()
    {
        var client = await ConnectAsync();
        Assert.Equal(1, await AskAsync(client, 1));

        _proxy.Drop();
        _proxy.Restore();

        Assert.Equal(2, await AskAsync(client, 2));
    }

    [Fact]
    public async Task A_cut_before_the_reply_lets_the_request_do_its_work_once()
    {
        var (client, other) = (await ConnectAsync(), await ConnectAsync());
        Assert.Equal(1, await AskAsync(other, 1));
        var happened = _proxy.CutBeforeReplyAsync();

        Assert.Null(await AskAsync(client, 2));
        await happened;

        Assert.Equal(2, _server.ReceivedBytes);
        Assert.Equal(3, await AskAsync(other, 3));
        Assert.Equal(4, await TryAskAsync(4));
    }

    [Fact]
    public async Task A_cut_after_the_reply_delivers_it_and_ends_the_connection()
    {
        var client = await ConnectAsync();
        var happened = _proxy.CutAfterReplyAsync();

        Assert.Equal(1, await AskAsync(client, 1));
        await happened;

        Assert.Null(await ReadAsync(client));
        Assert.Equal(2, await TryAskAsync(2));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_cut_connection()
    {
        _proxy.TargetPort = FreePort();

        Assert.Null(await TryAskAsync(1));
    }

    [Fact]
    public async Task Disposal_ends_every_connection_in_every_state_and_may_be_repeated()
    {
        var held = await ConnectAsync();
        _proxy.Delay(TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        await held.SendAsync(new byte[] { 1 });
        var dropped = await ConnectAsync();
        _proxy.Drop();
        await dropped.SendAsync(new byte[] { 1 });

        await _proxy.DisposeAsync();
        await _proxy.DisposeAsync();

        Assert.Null(await ReadAsync(held));
        Assert.Null(await ReadAsync(dropped));
        Assert.Equal(0, _proxy.OpenConnections);
    }

    public Task InitializeAsync()
    {
        _proxy = new TcpProxy(_server.Port, _time);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _clients.Add(socket);
        await socket.ConnectAsync(IPAddress.Loopback, _proxy.Port);
        return socket;
    }

    /// <summary>The echo on a connection of its own; null when that was cut, be it at once.</summary>
    private async Task<int?> TryAskAsync(byte value)
    {
        try
        {
            return await AskAsync(await ConnectAsync(), value);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static async Task<int?> AskAsync(Socket socket, byte value)
    {
        await socket.SendAsync(new[] { value });
        return await ReadAsync(socket);
    }

    /// <summary>The next byte; null when the connection has ended in whatever way.</summary>
    private static async Task<int?> ReadAsync(Socket socket)
    {
        var buffer = new byte[1];
        try
        {
            return await socket.ReceiveAsync(buffer) == 0 ? null : buffer[0];
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Task UntilAsync(Func<bool> condition) => Until.TrueAsync(condition);
}
