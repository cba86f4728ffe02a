using System.Text.Json;
using Splitstream.Grains.Interfaces.ApiKeys;

namespace Splitstream.Api.Tests;

public sealed class AccessTests
{
    private const string Draft = """{"key":"new","name":"New","hypothesis":"It is better than before.","variants":[{"key":"a","weight":1},{"key":"b","weight":1}]}""";
    private const string Unit = """{"unitId":"alice"}""";

    /// <summary>Every endpoint that needs a key: method, path, body, the scopes any of which admits.</summary>
    public static TheoryData<string, string, string?, ApiScopes> Endpoints() => new()
    {
        { "POST", "/v1/assign", Unit, ApiScopes.Assign },
        { "POST", "/v1/assign/batch", """{"units":[{"unitId":"alice"}]}""", ApiScopes.Assign },
        { "POST", "/v1/units/lookup", Unit, ApiScopes.Assign },
        { "GET", "/v1/assignments/alice", null, ApiScopes.Assign },
        { "POST", "/v1/units/rebucket", """{"unitId":"alice","experiment":"one"}""", ApiScopes.Manage },
        { "DELETE", "/v1/assignments/one/alice", null, ApiScopes.Manage },
        { "POST", "/v1/units/explain", """{"unitId":"alice","experiment":"one"}""", ApiScopes.Read | ApiScopes.Manage },
        { "POST", "/v1/exposures", """{"exposures":[{"unitId":"alice","experiment":"one","variant":"a","timestamp":"2026-03-01T11:59:00Z"}]}""", ApiScopes.Ingest },
        { "POST", "/v1/events", """{"events":[{"unitId":"alice","name":"buy","timestamp":"2026-03-01T11:59:00Z"}]}""", ApiScopes.Ingest },
        { "GET", "/v1/ledger", null, ApiScopes.Read | ApiScopes.Manage },
        { "GET", "/v1/experiments", null, ApiScopes.Read | ApiScopes.Manage },
        { "POST", "/v1/experiments", Draft, ApiScopes.Manage },
        { "GET", "/v1/experiments/one", null, ApiScopes.Read | ApiScopes.Manage },
        { "PATCH", "/v1/experiments/one", """{"name":"Other"}""", ApiScopes.Manage },
        { "POST", "/v1/experiments/one/start", null, ApiScopes.Manage },
        { "POST", "/v1/experiments/one/close", null, ApiScopes.Manage },
        { "POST", "/v1/experiments/one/pause", null, ApiScopes.Manage },
        { "POST", "/v1/experiments/one/resume", null, ApiScopes.Manage },
        { "POST", "/v1/experiments/one/stop", null, ApiScopes.Manage },
        { "POST", "/v1/experiments/one/archive", null, ApiScopes.Manage },
        { "GET", "/v1/experiments/one/results", null, ApiScopes.Read | ApiScopes.Manage },
        { "POST", "/v1/experiments/one/analyze", null, ApiScopes.Manage },
        { "GET", "/v1/experiments/one/snapshots", null, ApiScopes.Read | ApiScopes.Manage },
        { "GET", "/v1/experiments/one/snapshots/s0", null, ApiScopes.Read | ApiScopes.Manage },
        { "POST", "/v1/experiments/one/snapshots/s0/verify", null, ApiScopes.Read | ApiScopes.Manage },
        { "GET", "/v1/experiments/one/units.csv", null, ApiScopes.Read },
        { "GET", "/v1/experiments/one/views", null, ApiScopes.Read | ApiScopes.Manage },
        { "GET", "/v1/experiments/one/audit", null, ApiScopes.Read | ApiScopes.Manage },
        { "GET", "/v1/snapshots/s0", null, ApiScopes.Read | ApiScopes.Manage },
        { "GET", "/v1/experiments/one/peeking", null, ApiScopes.Read | ApiScopes.Manage },
        { "POST", "/v1/power", """{"baseline":{"rate":0.1},"mde":0.01}""", ApiScopes.Read | ApiScopes.Manage },
        { "POST", "/v1/calibrate", "{}", ApiScopes.Read | ApiScopes.Manage },
        { "GET", "/v1/metrics", null, ApiScopes.Read | ApiScopes.Manage },
        { "POST", "/v1/metrics", """{"key":"new","type":"conversion","event":"buy"}""", ApiScopes.Manage },
        { "GET", "/v1/metrics/buys", null, ApiScopes.Read | ApiScopes.Manage },
        { "GET", "/v1/mutex-groups", null, ApiScopes.Read | ApiScopes.Manage },
        { "POST", "/v1/mutex-groups", """{"key":"new"}""", ApiScopes.Manage },
        { "GET", "/v1/mutex-groups/checkout", null, ApiScopes.Read | ApiScopes.Manage },
        { "GET", "/v1/api-keys", null, ApiScopes.Admin },
        { "POST", "/v1/api-keys", """{"name":"shop","scopes":["assign"]}""", ApiScopes.Admin },
        { "DELETE", "/v1/api-keys/client", null, ApiScopes.Admin },
        { "GET", "/v1/audit", null, ApiScopes.Admin },
    };

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task Each_endpoint_refuses_no_key_a_wrong_key_and_a_wrong_scope_and_admits_the_right_ones(
        string method, string path, string? body, ApiScopes anyOf)
    {
        await using ApiHost host = await Seed.StartAsync();

        Answer none = await host.SendAsync(method, path, body, secret: null);
        Answer wrong = await host.SendAsync(method, path, body, secret: "guess");
        Problems.Check(none, 401, "unauthenticated");
        Problems.Check(wrong, 401, "unauthenticated");
        Assert.StartsWith("Bearer", none.Header("WWW-Authenticate"), StringComparison.Ordinal);

        foreach (ApiScopes scope in new[] { ApiScopes.Assign, ApiScopes.Ingest, ApiScopes.Read, ApiScopes.Manage, ApiScopes.Admin })
        {
            host.Ports.Keys["single"] = FakePorts.Admin with { Scopes = scope };
            string? ifMatch = method == "PATCH" ? $"\"{host.Ports.Experiments["one"].Version}\"" : null;
            int before = host.Ports.Writes.Count;
            Answer answer = await host.SendAsync(method, path, body, secret: "single", ifMatch: ifMatch);
            if ((anyOf & scope) != 0)
            {
                Assert.InRange(answer.Status, 200, 204);
            }
            else
            {
                Problems.Check(answer, 403, "forbidden");
                Assert.All(Names(anyOf), name => Assert.Contains(name, answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal));
                Assert.Equal(before, host.Ports.Writes.Count);
            }
        }
    }

    [Fact]
    public async Task The_contract_has_every_endpoint_of_the_table_and_no_other_with_a_key()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        JsonElement paths = (await host.SendAsync("GET", "/openapi/v1.json", secret: null)).Json.GetProperty("paths");

        IEnumerable<string> published = paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
            .Where(operation => operation.Value.TryGetProperty("security", out _))
            .Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"));

        IEnumerable<string> tested = Endpoints().Select(row => $"{row[0]} {Template((string)row[1])}");
        Assert.Equal(tested.Order(StringComparer.Ordinal), published.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/openapi/v1.json")]
    public async Task Operations_need_no_key(string path)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        Assert.Equal(200, (await host.SendAsync("GET", path, secret: null)).Status);
    }

    [Theory]
    [InlineData("Basic YTpi")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("admin-secret")]
    public async Task A_header_that_is_no_bearer_key_is_unauthenticated(string header)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/experiments");
        request.Headers.TryAddWithoutValidation("Authorization", header);
        Problems.Check(await host.SendAsync(request), 401, "unauthenticated");
    }

    [Fact]
    public async Task Guesses_from_one_address_are_limited_while_right_keys_still_pass()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        var codes = new List<string?>();
        for (int i = 0; i < 40; i++)
        {
            codes.Add((await host.SendAsync("GET", "/v1/experiments", secret: $"guess-{i}")).Code);
        }

        Assert.Equal("unauthenticated", codes[0]);
        Answer limited = await host.SendAsync("GET", "/v1/experiments", secret: "one-more");
        Problems.Check(limited, 429, "too_many_requests");
        Assert.Equal("1", limited.Header("Retry-After"));
        Assert.Equal(200, (await host.SendAsync("GET", "/v1/experiments")).Status);
    }

    private static IEnumerable<string> Names(ApiScopes scopes) =>
        Enum.GetValues<ApiScopes>().Where(scope => int.IsPow2((int)scope) && scopes.HasFlag(scope)).Select(scope => scope.ToString().ToLowerInvariant());

    private static string Template(string path) => path switch
    {
        "/v1/assignments/alice" => "/v1/assignments/{unitId}",
        "/v1/assignments/one/alice" => "/v1/assignments/{experiment}/{unitId}",
        "/v1/api-keys/client" => "/v1/api-keys/{id}",
        "/v1/metrics/buys" => "/v1/metrics/{key}",
        "/v1/mutex-groups/checkout" => "/v1/mutex-groups/{key}",
        "/v1/snapshots/s0" => "/v1/snapshots/{id}",
        _ => path.Replace("/experiments/one", "/experiments/{key}", StringComparison.Ordinal).Replace("/snapshots/s0", "/snapshots/{id}", StringComparison.Ordinal),
    };
}
