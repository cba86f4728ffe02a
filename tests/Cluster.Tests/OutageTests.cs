using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Splitstream.Grains.Nodes;
using Splitstream.Testing;

namespace Splitstream.Cluster.Tests;

/// <summary>PostgreSQL is stopped and comes back: what is known is answered and called stale, nothing is promised, nothing is lost.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private const string Key = "sticky";
    private readonly PostgresServer _postgres = new(durable: true);
    private int _events;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Known_units_are_answered_as_stale_and_everything_else_is_503_until_the_database_is_back(bool immediate)
    {
        await using var node = await Node.StartAsync(await _postgres.CreateDatabaseAsync());
        await node.RunAsync(Node.Definition(Key));
        var known = (await AssignAsync(node, "known")).Body.GetProperty("assignments")[0];
        Assert.Equal(HttpStatusCode.Accepted, (await SendEventAsync(node)).Status);
        await Until.TrueAsync(() => IsRememberedAsync(node, "known"));

        await _postgres.StopAsync(immediate);
        await Until.TrueAsync(async () => IsStale(await AssignAsync(node, "known")));
        var stale = (await AssignAsync(node, "known")).Body.GetProperty("assignments")[0];
        var elsewhere = await AssignAsync(node, "known", "no-such-experiment");
        (HttpStatusCode Status, bool MayRetry, JsonElement Body)[] refused =
        [
            await AssignAsync(node, "new"),
            await SendEventAsync(node),
            await PostAsync(node, "/v1/units/rebucket", new { unitId = "known", experiment = Key }),
            await PostAsync(node, "/v1/units/lookup", new { unitId = "known" }),
            await PostAsync(node, $"/v1/experiments/{Key}/stop", new { }),
            await PostAsync(node, "/v1/mutex-groups", new { key = "group", name = "group" }),
        ];
        var health = await node.Client.GetAsync("/health/ready");

        await _postgres.StartAgainAsync();
        await Until.TrueAsync(async () => (await AssignAsync(node, "new")).Status == HttpStatusCode.OK);
        await Until.TrueAsync(async () => !IsStale(await AssignAsync(node, "known")));
        await Until.TrueAsync(async () => (await SendEventAsync(node)).Status == HttpStatusCode.Accepted);
        var back = (await AssignAsync(node, "known")).Body.GetProperty("assignments")[0];

        Assert.Equal(known.GetProperty("variant").GetString(), stale.GetProperty("variant").GetString());
        Assert.Equal("sticky", stale.GetProperty("reason").GetString());
        Assert.Equal("experiment_not_found", elsewhere.Body.GetProperty("assignments")[0].GetProperty("reason").GetString());
        Assert.All(refused, answer => Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (answer.Status, answer.MayRetry)));
        Assert.Equal("degraded", (await health.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal(
            (known.GetProperty("variant").GetString(), known.GetProperty("assignedAt").GetString()),
            (back.GetProperty("variant").GetString(), back.GetProperty("assignedAt").GetString()));
        Assert.Equal(2, (await node.QueryAsync("SELECT event_id FROM events", row => row.GetString(0))).Count);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _postgres.DisposeAsync();

    /// <summary>Answered while one lease holds, so that no new beginning of the listener has made the server forget it since.</summary>
    private static async Task<bool> IsRememberedAsync(Node node, string unit)
    {
        var lease = node.Get<CacheLease>();
        var held = lease.IsHeld;
        await AssignAsync(node, unit);
        return held && lease.IsHeld;
    }

    private static bool IsStale((HttpStatusCode Status, bool MayRetry, JsonElement Body) answer) =>
        answer.Status == HttpStatusCode.OK && answer.Body.GetProperty("assignments")[0].TryGetProperty("stale", out var stale) && stale.GetBoolean();

    private static Task<(HttpStatusCode Status, bool MayRetry, JsonElement Body)> AssignAsync(Node node, string unit, string experiment = Key) =>
        PostAsync(node, "/v1/assign", new { unitId = unit, experiments = new[] { experiment } });

    /// <summary>A new event with every call, so that each 202 is one row.</summary>
    private Task<(HttpStatusCode Status, bool MayRetry, JsonElement Body)> SendEventAsync(Node node) => PostAsync(node, "/v1/events", new
    {
        events = new[] { new { eventId = $"event-{_events++}", unitId = "known", name = "bought", timestamp = TimeProvider.System.GetUtcNow() } },
    });

    private static async Task<(HttpStatusCode Status, bool MayRetry, JsonElement Body)> PostAsync(Node node, string path, object body)
    {
        using var response = await node.Client.PostAsJsonAsync(path, body);
        return (response.StatusCode, response.Headers.RetryAfter is not null, await response.Content.ReadFromJsonAsync<JsonElement>());
    }
}
