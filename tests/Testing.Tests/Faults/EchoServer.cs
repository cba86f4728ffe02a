using System.Net;
using System.Net.Sockets;

namespace Splitstream.Testing.Tests.Faults;

/// <summary>Sends back what it receives, on a loopback port, and counts the bytes.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _serving;
    private long _received;

    public EchoServer()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _serving = ServeAsync();
    }

    public int Port { get; }

    public long ReceivedBytes => Interlocked.Read(ref _received);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _serving;
        _listener.Stop();
        _ended.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(EchoAsync(await _listener.AcceptSocketAsync(_ended.Token)));
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }

        await Task.WhenAll(connections);
    }

    private async Task EchoAsync(Socket socket)
    {
        using var connection = socket;
        var buffer = new byte[1024];
        try
        {
            while (await connection.ReceiveAsync(buffer) is > 0 and var count)
            {
                Interlocked.Add(ref _received, count);
                await connection.SendAsync(buffer.AsMemory(0, count));
            }
        }
        catch (SocketException)
        {
            // Cut.
        }
    }
}
