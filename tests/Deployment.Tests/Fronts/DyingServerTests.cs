using System.Net;
using System.Net.Http.Json;
using Splitstream.Testing;

namespace Splitstream.Deployment.Tests.Fronts;

/// <summary>What each front repeats at another server when the first one dies with the request, what it passes on, and what it writes down.</summary>
public sealed class DyingServerTests : IAsyncLifetime
{
    private static readonly string[] Kinds = [Front.Nginx, Front.Compose, Front.Apache];

    /// <summary>Whether doing it twice does no harm.</summary>
    private static readonly (string Method, string Path, bool MayBeRepeated)[] Requests =
    [
        ("POST", "/v1/assign", true),
        ("POST", "/v1/assign/batch", true),
        ("POST", "/v1/units/lookup", true),
        ("GET", "/v1/experiments", true),
        ("GET", "/v1/assignments/alice", true),
        ("POST", "/v1/experiments", false),
        ("POST", "/v1/experiments/checkout/stop", false),
        ("PATCH", "/v1/experiments/checkout", false),
        ("POST", "/v1/units/rebucket", false),
        ("DELETE", "/v1/assignments/checkout/alice", false),
        ("POST", "/v1/events", false),
        ("POST", "/v1/exposures", false),
    ];

    private readonly DyingServer _first = new();
    private readonly DyingServer _second = new();
    private Front? _front;

    public static TheoryData<string> All => [.. Kinds];

    /// <summary>Apache sends nothing again that a server had begun to read.</summary>
    public static TheoryData<string, string, string> Repeated => Select((kind, mayBeRepeated) => mayBeRepeated && kind != Front.Apache);

    public static TheoryData<string, string, string> NotRepeated => Select((kind, mayBeRepeated) => !mayBeRepeated || kind == Front.Apache);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_front is not null) await _front.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Repeated))]
    public async Task A_request_that_may_be_done_twice_goes_to_the_other_server(string kind, string method, string path)
    {
        await StartAsync(kind);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(method, path));
        Assert.Equal((1, 1), (_first.Requests, _second.Requests));
    }

    [Theory]
    [MemberData(nameof(NotRepeated))]
    public async Task What_must_not_be_done_twice_goes_to_no_other_server_once_it_was_sent(string kind, string method, string path)
    {
        await StartAsync(kind);
        Assert.InRange((int)await SendAsync(method, path), 502, 503);
        Assert.Equal(1, _first.Requests + _second.Requests);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_inside_is_not_public(string kind)
    {
        await StartAsync(kind);
        foreach (var path in (string[])["/metrics", "/health/ready", "/health/live", "/dashboard"])
            Assert.Equal((path, HttpStatusCode.NotFound), (path, await SendAsync("GET", path)));
        Assert.Equal(0, _first.Requests + _second.Requests);
    }

    [Theory]
    [InlineData(Front.Nginx)]
    [InlineData(Front.Compose)]
    public async Task A_body_beyond_one_mebibyte_reaches_no_server(string kind)
    {
        await StartAsync(kind);
        using var client = _front!.Connect();
        using var answer = await client.PostAsync("/v1/events", new ByteArrayContent(new byte[(1 << 20) + 1]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(0, _first.Requests + _second.Requests);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Paths_arrive_as_the_client_wrote_them(string kind)
    {
        await StartAsync(kind);
        _first.IsCured = _second.IsCured = true;
        (string Method, string Path)[] requests =
        [
            ("GET", "/v1/assignments/a%2Fb%20c?experiments=x%2Fy"), ("DELETE", "/v1/assignments/checkout/d%2Fe%20f"),
            ("GET", "/v1/experiments/caf%C3%A9%2Fau%20lait?at=1%202"),
        ];
        foreach (var (method, path) in requests)
        {
            Assert.Equal((path, HttpStatusCode.OK), (path, await SendAsync(method, path)));
            Assert.Contains(path, _first.Paths.Concat(_second.Paths));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task No_unit_id_is_logged_and_no_query_string_with_a_request(string kind)
    {
        await StartAsync(kind);
        await SendAsync("GET", "/v1/assignments/secret-unit");
        await SendAsync("GET", "/v1/assignments%2Fsecret-unit");
        await SendAsync("DELETE", "/v1/assignments/checkout/secret-unit");
        await SendAsync("GET", "/v1/experiments?cursor=secret-cursor");
        if (kind != Front.Compose)
        {
            await Until.TrueAsync(() => _front!.AccessLog.Contains("/v1/experiments", StringComparison.Ordinal));
            Assert.DoesNotContain("secret-cursor", _front!.AccessLog, StringComparison.Ordinal);
        }

        // Whoever ends writes down everything first.
        Assert.DoesNotContain("secret-unit", await _front!.StopAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Clients_that_look_units_up_are_not_limited_as_people_are(string kind)
    {
        await StartAsync(kind);
        var statuses = new System.Collections.Concurrent.ConcurrentBag<HttpStatusCode>();
        await Parallel.ForAsync(0, 300, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
            statuses.Add(await (number % 2 == 0 ? SendAsync("POST", "/v1/units/lookup") : SendAsync("GET", $"/v1/assignments/unit-{number}"))));
        Assert.DoesNotContain(HttpStatusCode.TooManyRequests, statuses);
    }

    private static TheoryData<string, string, string> Select(Func<string, bool, bool> isMeant)
    {
        var data = new TheoryData<string, string, string>();
        foreach (var kind in Kinds)
        {
            foreach (var (method, path, mayBeRepeated) in Requests)
            {
                if (isMeant(kind, mayBeRepeated)) data.Add(kind, method, path);
            }
        }

        return data;
    }

    private async Task StartAsync(string kind) => _front = await Front.StartAsync(kind, _first.Port, _second.Port);

    private async Task<HttpStatusCode> SendAsync(string method, string path)
    {
        using var client = _front!.Connect();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method is "POST" or "PATCH") request.Content = JsonContent.Create(new { any = "thing" });
        using var answer = await client.SendAsync(request);
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) Assert.NotNull(answer.Headers.RetryAfter);
        return answer.StatusCode;
    }
}
