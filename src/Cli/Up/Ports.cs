using System.Net;
using System.Net.Sockets;

namespace Splitstream.Cli.Up;

/// <summary>Loopback ports.</summary>
public static class Ports
{
    /// <summary>Whether a server could listen on 127.0.0.1 at this port now.</summary>
    public static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The remembered port if it is still free, else one the system picks.</summary>
    public static int Choose(int? remembered)
    {
        if (remembered is { } port && IsFree(port))
        {
            return port;
        }

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
