using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Splitstream.Deployment.Tests.Fronts;

/// <summary>
/// Takes a request whole and ends its connection without an answer, as a server does that is killed at the wrong moment. Only to a front that
/// asks for its health it answers that it is ready.
/// </summary>
internal sealed class DyingServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;
    private readonly ConcurrentQueue<string> _paths = new();

    public DyingServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Set, it answers everything with an empty 200 and dies no more.</summary>
    public bool IsCured { get; set; }

    /// <summary>Requests that reached it.</summary>
    public int Requests => _paths.Count;

    /// <summary>Their paths with their queries, as they came.</summary>
    public IEnumerable<string> Paths => _paths;

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
                var path = await ReadPathAsync(connection);
                if (path is not null && path != "/health/ready") _paths.Enqueue(path);
                if (IsCured || path == "/health/ready") await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    /// <summary>Bodies of these tests end with a brace, requests without one with an empty line.</summary>
    private static async Task<string?> ReadPathAsync(Socket connection)
    {
        var buffer = new byte[4096];
        var text = "";
        while (!text.EndsWith(text.Contains("Content-Length", StringComparison.OrdinalIgnoreCase) ? "}" : "\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await connection.ReceiveAsync(buffer);
            if (read == 0) return null;
            text += Encoding.ASCII.GetString(buffer, 0, read);
        }

        return text.Split(' ')[1];
    }
}
