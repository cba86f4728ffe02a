using System.Net.Sockets;
using System.Text;

namespace Splitstream.Api.Tests;

/// <summary>Sends one request again and again over one connection, with buffers of its own and hardly any allocation.</summary>
internal sealed class LoopbackClient : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _request;
    private readonly byte[] _buffer = new byte[16 * 1024];

    public LoopbackClient(Uri address, string methodAndPath, string secret, byte[] body)
    {
        _socket.Connect(address.Host, address.Port);
        string head = $"{methodAndPath} HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {secret}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        _request = [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    /// <summary>Sends the request a number of times; every answer must be a whole 200 that ends with <c>}</c>.</summary>
    public async Task RepeatAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            await _socket.SendAsync(_request);
            int received = 0;
            do
            {
                received += await _socket.ReceiveAsync(_buffer.AsMemory(received));
            }
            while (_buffer[received - 1] != (byte)'}');

            Assert.True(_buffer.AsSpan(0, received).StartsWith("HTTP/1.1 200"u8));
        }
    }

    public void Dispose() => _socket.Dispose();
}
