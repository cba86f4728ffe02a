using System.Net;
using System.Net.Http.Json;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>What the front repeats at another server when the first one dies with the request, and what it lets nobody see.</summary>
public sealed class FrontTests : IAsyncLifetime
{
    private readonly DyingServer _first = new();
    private readonly DyingServer _second = new();
    private Front? _front;

    public async Task InitializeAsync() => _front = await Front.StartAsync(_first.Port, _second.Port);

    public async Task DisposeAsync()
    {
        if (_front is not null) await _front.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Theory]
    [InlineData("POST", "/v1/assign")]
    [InlineData("POST", "/v1/assign/batch")]
    [InlineData("GET", "/v1/experiments")]
    [InlineData("GET", "/v1/assignments/checkout/alice")]
    public async Task A_request_that_may_be_done_twice_goes_to_the_other_server(string method, string path)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(method, path));
        Assert.Equal((1, 1), (_first.Requests, _second.Requests));
    }

    [Theory]
    [InlineData("POST", "/v1/experiments")]
    [InlineData("POST", "/v1/experiments/checkout/stop")]
    [InlineData("PATCH", "/v1/experiments/checkout")]
    [InlineData("POST", "/v1/units/rebucket")]
    [InlineData("DELETE", "/v1/assignments/checkout/alice")]
    [InlineData("POST", "/v1/events")]
    [InlineData("POST", "/v1/exposures")]
    public async Task What_must_not_be_done_twice_goes_to_no_other_server_once_it_was_sent(string method, string path)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(method, path));
        Assert.Equal(1, _first.Requests + _second.Requests);
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/health/ready")]
    [InlineData("/health/live")]
    [InlineData("/dashboard")]
    public async Task The_inside_is_not_public(string path)
    {
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync("GET", path));
        Assert.Equal(0, _first.Requests + _second.Requests);
    }

    [Fact]
    public async Task A_body_beyond_one_mebibyte_reaches_no_server()
    {
        using var client = _front!.Connect();
        using var answer = await client.PostAsync("/v1/events", new ByteArrayContent(new byte[(1 << 20) + 1]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(0, _first.Requests + _second.Requests);
    }

    [Fact]
    public async Task No_unit_id_is_logged_and_no_query_string_with_a_request()
    {
        await SendAsync("GET", "/v1/assignments/secret-unit");
        await SendAsync("DELETE", "/v1/assignments/checkout/secret-unit");
        await SendAsync("GET", "/v1/experiments?cursor=secret-cursor");
        await Testing.Until.TrueAsync(() => _front!.AccessLog.Contains("/v1/experiments", StringComparison.Ordinal));
        Assert.DoesNotContain("secret-unit", _front!.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-cursor", _front!.AccessLog, StringComparison.Ordinal);
    }

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
