using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>Takes a request whole and ends its connection without an answer, as a server does that is killed at the wrong moment.</summary>
internal sealed class DyingServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;
    private int _requests;

    public DyingServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Requests that reached it.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await _listener.AcceptSocketAsync();
                await ReadAsync(connection);
                Interlocked.Increment(ref _requests);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    /// <summary>Bodies of these tests end with a brace, requests without one with an empty line.</summary>
    private static async Task ReadAsync(Socket connection)
    {
        var buffer = new byte[4096];
        var text = "";
        while (!text.EndsWith(text.Contains("Content-Length", StringComparison.OrdinalIgnoreCase) ? "}" : "\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await connection.ReceiveAsync(buffer);
            if (read == 0) return;
            text += Encoding.ASCII.GetString(buffer, 0, read);
        }
    }
}
