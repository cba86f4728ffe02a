using System.Net;
using System.Net.Sockets;

namespace Splitstream.Cli.Up;

/// <summary>Loopback ports.</summary>
public static class Ports
{
    /// <summary>The greatest port there is.</summary>
    public const int Last = 65535;

    /// <summary>The ports of so many servers.</summary>
    /// <exception cref="CliException">They would go beyond the last port.</exception>
    public static IReadOnlyList<int> Consecutive(int first, int count) => first + count - 1 is var last && last <= Last
        ? [.. Enumerable.Range(first, count)]
        : throw CliException.Usage($"{count} servers from port {first} on would end at port {last}, but ports end at {Last}.");

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

    /// <summary>The remembered port if it is still free, else one the system picks; never one of those kept for others.</summary>
    public static int Choose(int? remembered, params IReadOnlyList<int> keptForOthers)
    {
        if (remembered is { } port && !keptForOthers.Contains(port) && IsFree(port))
        {
            return port;
        }

        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            if (((IPEndPoint)listener.LocalEndpoint).Port is var picked && !keptForOthers.Contains(picked))
            {
                return picked;
            }
        }
    }
}
