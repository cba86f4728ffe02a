using System.Net;
using System.Net.Sockets;

namespace Splitstream.Testing.Faults;

/// <summary>One client's connection through a proxy.</summary>
internal sealed class ProxiedConnection(TcpProxy proxy, Socket client) : IDisposable
{
    private const int PieceBytes = 64 * 1024;

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private volatile bool _lostBytes;

    /// <summary>Whether bytes were lost on the way, in either direction.</summary>
    public bool LostBytes => _lostBytes;

    public async Task RunAsync(int targetPort)
    {
        try
        {
            client.NoDelay = true;
            await _server.ConnectAsync(IPAddress.Loopback, targetPort);
            await Task.WhenAll(PumpAsync(client, _server, isReply: false), PumpAsync(_server, client, isReply: true));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side is gone, by itself or cut; the other one hears of it.
            Reset();
        }
    }

    /// <summary>Ends both sides at once; what is on its way is lost.</summary>
    public void Reset()
    {
        foreach (var socket in new[] { client, _server })
        {
            try
            {
                socket.LingerState = new LingerOption(true, 0);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Closed before.
            }

            socket.Dispose();
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
    }

    private async Task PumpAsync(Socket from, Socket to, bool isReply)
    {
        try
        {
            await MoveAsync(from, to, isReply);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Wakes the other direction, which may be waiting for bytes that will never come.
            Reset();
        }
    }

    private async Task MoveAsync(Socket from, Socket to, bool isReply)
    {
        var buffer = new byte[PieceBytes];
        while (true)
        {
            var count = await from.ReceiveAsync(buffer);
            if (proxy.Fault is { Kind: FaultKind.Delay } slow) await slow.HoldBackAsync(isReply, proxy.Time);
            var fault = proxy.Fault;
            if (fault.Kind == FaultKind.Drop)
            {
                _lostBytes = true;
                if (count == 0) return;
                continue;
            }

            if (fault.Kind == FaultKind.Cut || _lostBytes)
            {
                // Not a byte more, though whoever switched the proxy may not have come to this connection yet.
                Reset();
                return;
            }

            if (isReply && count > 0 && fault.Kind == FaultKind.CutBeforeReply && proxy.Strikes(fault))
            {
                Reset();
                fault.SetHappened();
                return;
            }

            if (count == 0)
            {
                to.Shutdown(SocketShutdown.Send);
                return;
            }

            for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            if (isReply && fault.Kind == FaultKind.CutAfterReply && proxy.Strikes(fault))
            {
                // The server's side at once, the client's side in order, so that the reply arrives.
                to.Shutdown(SocketShutdown.Both);
                from.Dispose();
                fault.SetHappened();
                return;
            }
        }
    }
}
