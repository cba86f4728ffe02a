using System.Net;
using System.Net.Sockets;

namespace Splitstream.Testing.Faults;

/// <summary>Stands between clients and a server on loopback and does to connections what networks do. Switchable at any time.</summary>
/// <remarks>
/// It knows bytes and no protocol: a reply is what the server sends, up to the first pause in it. A connection that lost bytes is reset
/// when the proxy is restored, because a stream with a hole would be a fault that no network has.
/// </remarks>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _gate = new();
    private readonly HashSet<ProxiedConnection> _open = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _accepting;
    private readonly TimeProvider _time;
    private ProxyFault _fault = ProxyFault.None;
    private int _accepted;
    private bool _disposed;

    /// <param name="targetPort">The server's loopback port; nobody needs to listen there yet.</param>
    /// <param name="time">The clock of the delays; the system's by default.</param>
    public TcpProxy(int targetPort, TimeProvider? time = null)
    {
        TargetPort = targetPort;
        _time = time ?? TimeProvider.System;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public int Port { get; }

    /// <summary>Where connections go; connections already open keep theirs.</summary>
    public int TargetPort { get; set; }

    /// <summary>Connections that clients made so far, those cut at once included.</summary>
    public int AcceptedConnections => Volatile.Read(ref _accepted);

    /// <summary>Connections open now.</summary>
    public int OpenConnections
    {
        get
        {
            lock (_gate) return _open.Count;
        }
    }

    /// <summary>Connections open now that lost bytes.</summary>
    public int ConnectionsThatLostBytes
    {
        get
        {
            lock (_gate) return _open.Count(connection => connection.LostBytes);
        }
    }

    /// <summary>Passes everything on again, what is being delayed at once.</summary>
    public void Restore() => Set(ProxyFault.None);

    /// <summary>Holds every piece back for a while before it is passed on.</summary>
    public void Delay(TimeSpan toServer, TimeSpan toClient) => Set(new ProxyFault(FaultKind.Delay, toServer, toClient));

    /// <summary>Resets all connections, and every new one as soon as it is made.</summary>
    public void Cut() => Set(new ProxyFault(FaultKind.Cut));

    /// <summary>Keeps connections open and accepts new ones, but loses every byte in both directions: half-open connections.</summary>
    public void Drop() => Set(new ProxyFault(FaultKind.Drop));

    /// <summary>Lets the next request through and resets its connection when its reply begins; then passes everything.</summary>
    /// <returns>Complete when it has happened.</returns>
    public Task CutBeforeReplyAsync() => Set(new ProxyFault(FaultKind.CutBeforeReply)).Happened;

    /// <summary>Passes the next reply on and then ends its connection; then passes everything.</summary>
    /// <returns>Complete when it has happened.</returns>
    public Task CutAfterReplyAsync() => Set(new ProxyFault(FaultKind.CutAfterReply)).Happened;

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
        }

        await _ended.CancelAsync();
        Set(new ProxyFault(FaultKind.Cut));
        await _accepting;
        _listener.Stop();
        _ended.Dispose();
    }

    internal ProxyFault Fault => Volatile.Read(ref _fault);

    internal TimeProvider Time => _time;

    private ProxyFault Set(ProxyFault fault)
    {
        ProxiedConnection[] broken;
        lock (_gate)
        {
            _fault.Replace();
            _fault = fault;
            broken = [.. _open.Where(connection => fault.Kind == FaultKind.Cut || (fault.Kind != FaultKind.Drop && connection.LostBytes))];
        }

        foreach (var connection in broken) connection.Reset();
        return fault;
    }

    /// <summary>A fault that strikes once: true for the first who asks, and everything passes from then on.</summary>
    internal bool Strikes(ProxyFault fault)
    {
        lock (_gate)
        {
            if (_fault != fault) return false;
            _fault = ProxyFault.None;
        }

        fault.Replace();
        return true;
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_ended.Token);
                Interlocked.Increment(ref _accepted);
                serving.RemoveAll(task => task.IsCompleted);
                serving.Add(ServeAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket client)
    {
        using var connection = new ProxiedConnection(this, client);
        lock (_gate) _open.Add(connection);
        try
        {
            if (Fault.Kind == FaultKind.Cut) connection.Reset();
            else await connection.RunAsync(TargetPort);
        }
        finally
        {
            lock (_gate) _open.Remove(connection);
        }
    }
}
