using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>
/// Bodies that never end. Every one is cut off by the server: these tests wait for that and set no time of their own, so that a server
/// that waits for ever makes them hang.
/// </summary>
public sealed class SlowBodyTests(BadInputServer server) : IClassFixture<BadInputServer>
{
    private static readonly string[] Paths = ["/v1/assign", "/v1/events", "/v1/experiments", "/v1/experiments/running/stop", "/v1/units/rebucket"];

    [Fact]
    public async Task A_body_that_stops_half_way_is_cut_off_and_stores_nothing()
    {
        var before = await server.StoredAsync();

        var declared = Paths.Select(path => StallAsync(path, "Content-Length: 100", "{\"unitId\":"));
        var chunked = Paths.Select(path => StallAsync(path, "Transfer-Encoding: chunked", "a\r\n{\"unitId\":\r\n"));
        var answers = await Task.WhenAll(declared.Concat(chunked));

        Assert.All(answers, AssertMalformed);
        Assert.Equal(before, await server.StoredAsync());
    }

    [Fact]
    public async Task A_body_that_drips_for_ever_is_cut_off_and_stores_nothing()
    {
        var before = await server.StoredAsync();

        var answers = await Task.WhenAll(Paths.Select(DripAsync));

        Assert.All(answers, AssertMalformed);
        Assert.Equal(before, await server.StoredAsync());
    }

    [Fact]
    public async Task A_body_that_pours_for_ever_is_cut_off_at_the_limit()
    {
        var before = await server.StoredAsync();

        foreach (var path in Paths)
        {
            using var socket = await OpenAsync(path, "Transfer-Encoding: chunked");
            var answer = RawHttp.ReadAsync(socket);
            var chunk = Encoding.ASCII.GetBytes("1000\r\n" + " ".Times(4_096) + "\r\n");
            while (!answer.IsCompleted && await TrySendAsync(socket, chunk))
            {
            }

            Assert.Equal(413, (await answer).Status);
        }

        Assert.Equal(before, await server.StoredAsync());
    }

    /// <summary>Clients of the platform, which see no answer when they are cut off while they send.</summary>
    [Theory]
    [InlineData("admin", 413)]
    [InlineData("read", 403)]
    public async Task A_client_that_sent_too_much_goes_on_without_a_failure(string key, int status)
    {
        using var client = Testing.JsonApi.Client(server.Address.ToString(), server.Keys[key]);
        for (var i = 0; i < 30; i++)
        {
            using var tooMuch = new StringContent(" ".Times(2_000_000), Encoding.UTF8, BadRow.Json);
            using var refused = await client.PostAsync("/v1/mutex-groups", tooMuch);
            using var next = new StringContent("{}", Encoding.UTF8, BadRow.Json);
            using var answered = await client.PostAsync("/v1/experiments/running/snapshots/absent/verify", next);

            Assert.Equal((status, 404), ((int)refused.StatusCode, (int)answered.StatusCode));
        }
    }

    [Fact]
    public async Task Requests_beside_stalled_ones_are_answered()
    {
        var stalled = new List<Socket>();
        try
        {
            for (var i = 0; i < 200; i++)
            {
                stalled.Add(await OpenAsync("/v1/assign", "Content-Length: 100"));
            }

            var answer = await server.Node.PostAsync("/v1/assign", new { unitId = "beside", experiments = new[] { "running" } });

            Assert.Equal("assigned", answer.GetProperty("assignments")[0].GetProperty("reason").GetString());
        }
        finally
        {
            stalled.ForEach(socket => socket.Dispose());
        }
    }

    private async Task<RawAnswer> StallAsync(string path, string header, string begin)
    {
        using var socket = await OpenAsync(path, header);
        await socket.SendAsync(Encoding.ASCII.GetBytes(begin));
        return await RawHttp.ReadAsync(socket);
    }

    /// <summary>A byte now and then, so that the connection is never quiet for long.</summary>
    private async Task<RawAnswer> DripAsync(string path)
    {
        using var socket = await OpenAsync(path, "Content-Length: 1000000");
        var answer = RawHttp.ReadAsync(socket);
        using var drip = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!answer.IsCompleted && await TrySendAsync(socket, " "u8.ToArray()))
        {
            await drip.WaitForNextTickAsync();
        }

        return await answer;
    }

    private async Task<Socket> OpenAsync(string path, string header)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Address.Host, server.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {server.Address.Authority}\r\nAuthorization: Bearer {server.Keys["admin"]}\r\nContent-Type: application/json\r\n{header}\r\n\r\n"));
        return socket;
    }

    private static async Task<bool> TrySendAsync(Socket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void AssertMalformed(RawAnswer answer)
    {
        Assert.Equal(400, answer.Status);
        Assert.Equal("application/problem+json", answer.Header("Content-Type"));
        Assert.Equal("malformed_request", JsonDocument.Parse(answer.Body).RootElement.GetProperty("code").GetString());
    }
}
