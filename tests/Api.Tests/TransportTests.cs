using System.Net.Sockets;
using System.Text;

namespace Splitstream.Api.Tests;

public sealed class TransportTests
{
    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/v1")]
    [InlineData("POST", "/v1/layers")]
    [InlineData("GET", "/v1/holdouts")]
    [InlineData("POST", "/v1/units/link")]
    [InlineData("POST", "/v1/units/erase")]
    [InlineData("GET", "/v1/experiments/a/b/c")]
    [InlineData("GET", "/favicon.ico")]
    public async Task What_is_not_there_is_a_404_problem(string method, string path)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        Problems.Check(await host.SendAsync(method, path), 404, "not_found");
    }

    [Theory]
    [InlineData("GET", "/v1/assign", "POST")]
    [InlineData("DELETE", "/v1/experiments", "GET, POST")]
    [InlineData("PUT", "/v1/experiments/one", "GET, PATCH")]
    [InlineData("POST", "/metrics", "GET")]
    [InlineData("OPTIONS", "/v1/experiments", "GET, POST")]
    public async Task Another_method_is_a_405_problem_that_names_the_right_ones(string method, string path, string allowed)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        Answer answer = await host.SendAsync(method, path);
        Problems.Check(answer, 405, "method_not_allowed");
        Assert.Equal(allowed, answer.Header("Allow"));
    }

    [Theory]
    [InlineData("/v1/assign", "text/plain")]
    [InlineData("/v1/assign", "application/x-www-form-urlencoded")]
    [InlineData("/v1/assign", "application/json; charset=utf-16")]
    [InlineData("/v1/assign", "application/jsonp")]
    [InlineData("/v1/experiments", "text/plain")]
    [InlineData("/v1/events", "application/xml")]
    public async Task Another_media_type_is_a_415_problem(string path, string mediaType)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        Problems.Check(await host.SendAsync("POST", path, """{"unitId":"a"}""", mediaType: mediaType), 415, "unsupported_media_type");
        Assert.Equal(200, (await host.SendAsync("POST", "/v1/assign", """{"unitId":"a"}""", mediaType: "application/json; charset=UTF-8")).Status);
    }

    [Theory]
    [InlineData("/v1/assign", true)]
    [InlineData("/v1/assign", false)]
    [InlineData("/v1/events", true)]
    [InlineData("/v1/events", false)]
    [InlineData("/v1/experiments", false)]
    public async Task Two_megabytes_are_a_413_problem_whether_announced_or_not(string path, bool chunked)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string head = $"POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer admin-secret\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + (chunked ? "Transfer-Encoding: chunked\r\n\r\n200000\r\n" : "Content-Length: 2097152\r\n\r\n");

        string answer = await SendRawAsync(host, head, new string(' ', 2_097_152) + (chunked ? "\r\n0\r\n\r\n" : ""));

        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"request_too_large\"", answer, StringComparison.Ordinal);
        Assert.Empty(host.Ports.Writes);
    }

    [Fact]
    public async Task A_body_of_exactly_the_limit_is_read()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string body = """{"unitId":"a"}""";
        Assert.Equal(200, (await host.SendAsync("POST", "/v1/assign", body + new string(' ', 1_048_576 - body.Length))).Status);
        Problems.Check(await host.SendAsync("POST", "/v1/assign", body + new string(' ', 1_048_577 - body.Length)), 413, "request_too_large");
    }

    [Fact]
    public async Task A_body_in_pieces_is_put_together()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        string request = "POST /v1/assign HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer client-secret\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + "Content-Length: 40\r\n\r\n" + """{"unitId":"alice","experiments":["one"]}""";
        foreach (byte letter in Encoding.UTF8.GetBytes(request))
        {
            await socket.SendAsync(new[] { letter });
        }

        Assert.Contains("\"experiment\":\"one\"", await ReadAsync(socket), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/assign")]
    [InlineData("/v1/events")]
    [InlineData("/v1/experiments")]
    public async Task A_body_that_does_not_arrive_in_time_is_malformed(string path)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer admin-secret\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"unitId\":"));
        await host.Time.RunOutAsync();

        string answer = await ReadAsync(socket, end: "}");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"malformed_request\"", answer, StringComparison.Ordinal);
        Assert.Contains("did not arrive within 30 seconds", answer, StringComparison.Ordinal);
        Assert.Empty(host.Ports.Writes);
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_its_body_stores_nothing_and_harms_nobody()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(host.Address.Host, host.Address.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                "POST /v1/assign HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer client-secret\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"unitId\":"));
        }

        Assert.Equal(200, (await host.SendAsync("POST", "/v1/assign", """{"unitId":"alice","dryRun":true}""")).Status);
        Assert.Empty(host.Ports.Writes);
    }

    [Theory]
    [InlineData("{\"unitId\":\"\u00ff\"}", true)]
    [InlineData("\u00ef\u00bb\u00bf{\"unitId\":\"a\"}", false)]
    public async Task Bytes_that_are_no_utf8_or_begin_with_a_mark_are_malformed(string latin1, bool invalid)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        byte[] bytes = Encoding.Latin1.GetBytes(latin1);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/assign") { Content = new ByteArrayContent(bytes) };
        request.Headers.Add("Authorization", "Bearer client-secret");
        request.Content.Headers.Add("Content-Type", "application/json");

        Answer answer = await host.SendAsync(request);

        Assert.Equal(invalid, !System.Text.Unicode.Utf8.IsValid(bytes));
        Problems.Check(answer, 400, "malformed_request");
    }

    [Theory]
    [InlineData("/v1/assign", "POST", true)]
    [InlineData("/v1/events", "POST", true)]
    [InlineData("/v1/units/lookup", "POST", true)]
    [InlineData("/v1/assignments/alice", "GET", true)]
    [InlineData("/v1/units/rebucket", "POST", false)]
    public async Task Pages_are_answered_by_the_origins_of_the_key(string path, string method, bool isForClients)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string? body = method == "POST" ? """{"unitId":"alice","name":"e","experiment":"one","timestamp":"2026-03-01T12:00:00Z"}""" : null;
        host.Ports.Keys["pinned-secret"] = FakePorts.Admin with { Origins = ["https://shop.example"] };

        Answer preflight = await PreflightAsync(host, path, method, "https://shop.example");
        Answer foreign = await PreflightAsync(host, path, method, "https://evil.example");
        Answer any = await host.SendAsync(method, path, body, secret: "admin-secret", origin: "https://other.example");
        Answer pinned = await host.SendAsync(method, path, body, secret: "pinned-secret", origin: "https://shop.example");
        int before = host.Ports.Writes.Count;
        Answer evil = await host.SendAsync(method, path, body, secret: "pinned-secret", origin: "https://evil.example");
        Answer unknown = await host.SendAsync(method, path, body, secret: "guess", origin: "https://shop.example");

        if (!isForClients)
        {
            Assert.Equal(405, preflight.Status);
            Assert.All([preflight, foreign, any, pinned, evil, unknown], answer => Assert.Null(answer.Header("Access-Control-Allow-Origin")));
            return;
        }

        Assert.Equal((204, "https://shop.example", method), (preflight.Status, preflight.Header("Access-Control-Allow-Origin"), preflight.Header("Access-Control-Allow-Methods")));
        Assert.Contains("authorization", preflight.Header("Access-Control-Allow-Headers"), StringComparison.Ordinal);
        Assert.Null(foreign.Header("Access-Control-Allow-Origin"));
        Assert.Equal("https://other.example", any.Header("Access-Control-Allow-Origin"));
        Assert.Equal("https://shop.example", pinned.Header("Access-Control-Allow-Origin"));
        Problems.Check(evil, 403, "forbidden");
        Assert.Null(evil.Header("Access-Control-Allow-Origin"));
        Assert.Equal(before, host.Ports.Writes.Count);
        Problems.Check(unknown, 401, "unauthenticated");
        Assert.Equal("https://shop.example", unknown.Header("Access-Control-Allow-Origin"));
    }

    private static async Task<Answer> PreflightAsync(ApiHost host, string path, string method, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", method);
        request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        return await host.SendAsync(request);
    }

    private static async Task<string> SendRawAsync(ApiHost host, string head, string body)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        Task<string> answer = ReadAsync(socket);
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(head + body));
        }
        catch (SocketException)
        {
            // The server may answer and close before it has read everything.
        }

        return await answer;
    }

    /// <summary>Reads until the server closes, or until an end is reached.</summary>
    private static async Task<string> ReadAsync(Socket socket, string? end = null)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[8192];
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
                if (end is not null && text.ToString().EndsWith(end, StringComparison.Ordinal))
                {
                    break;
                }
            }
        }
        catch (SocketException)
        {
            // A reset after the answer, because of what was not read.
        }

        return text.ToString();
    }
}
