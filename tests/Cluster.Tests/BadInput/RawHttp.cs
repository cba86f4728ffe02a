using System.Net.Sockets;
using System.Text;

namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>Sends bytes as they are. Clients of the platform would repair or refuse much of what these tests send.</summary>
public static class RawHttp
{
    /// <summary>Sends one request over a connection of its own and reads until the server closes it.</summary>
    public static async Task<RawAnswer> SendAsync(Uri server, string head, ReadOnlyMemory<byte> body)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port);
        // Read while sending: the server may answer before it has read everything, and both sides would wait for ever.
        var answer = ReadAsync(socket);
        try
        {
            await SendAsync(socket, Encoding.Latin1.GetBytes(head));
            await SendAsync(socket, body);
        }
        catch (SocketException)
        {
            // The server closed before it had read everything.
        }

        return await answer;
    }

    /// <summary>Reads until the server closes the connection.</summary>
    public static async Task<RawAnswer> ReadAsync(Socket socket)
    {
        using var received = new MemoryStream();
        var buffer = new byte[8192];
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;)
            {
                received.Write(buffer, 0, read);
            }
        }
        catch (SocketException)
        {
            // A reset after the answer, because of what was not read.
        }

        return RawAnswer.Parse(Encoding.UTF8.GetString(received.ToArray()));
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }
}

/// <summary>An answer in its parts.</summary>
/// <param name="Status">Zero when the server closed without an answer.</param>
/// <param name="Head">Status line and headers.</param>
public sealed record RawAnswer(int Status, string Head, string Body)
{
    public static RawAnswer Parse(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return end < 0 || !text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)
            ? new RawAnswer(0, text, "")
            : new RawAnswer(int.Parse(text.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture), text[..end], text[(end + 4)..]);
    }

    public string? Header(string name) => Head.Split("\r\n")
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}
