using System.Net;
using System.Net.Http.Json;
using Splitstream.Testing;

namespace Splitstream.Deployment.Tests.Fronts;

/// <summary>What clients get of a server that runs, and of none.</summary>
public sealed class FrontTests
{
    private const int Requests = 20;

    [Theory]
    [InlineData(Front.Nginx)]
    [InlineData(Front.Compose)]
    [InlineData(Front.Apache)]
    public async Task A_front_passes_the_api_hides_the_inside_and_does_without_a_server_that_is_gone(string kind)
    {
        await using var server = await RunningServer.StartAsync(await PostgresServer.Shared.CreateDatabaseAsync());
        await using var front = await Front.StartAsync(kind, server.Port, FreePorts.Next());
        using var client = front.Connect(server.Key);
        var api = new JsonApi(client);

        await api.PostAsync("/v1/experiments", new
        {
            key = "front",
            name = "Front",
            hypothesis = "Whoever asks through a front gets the same answer.",
            variants = new[] { new { key = "control", weight = 1 }, new { key = "treatment", weight = 1 } },
        }, 201);
        await api.PostAsync("/v1/experiments/front/start");
        var units = Enumerable.Range(0, Requests).Select(i => $"unit-{i}").ToList();
        foreach (var unit in units)
        {
            var through = await api.PostAsync("/v1/assign", new { unitId = unit, experiments = new[] { "front" } });
            var direct = await server.Api.PostAsync("/v1/assign", new { unitId = unit, experiments = new[] { "front" } });
            Assert.Equal(Variant(direct), Variant(through));
            await api.GetAsync($"/v1/assignments/{unit}");
        }

        await Until.TrueAsync(async () => await StatusAsync(client.DeleteAsync("/v1/assignments/front/unit-0")) == HttpStatusCode.NoContent);
        await api.PostAsync("/v1/assign/batch", new { units = units.Select(unit => new { unitId = unit }), experiments = new[] { "front" } });
        await api.PostAsync("/v1/events", new
        {
            events = new[] { new { unitId = "unit-0", name = "purchase", timestamp = TimeProvider.System.GetUtcNow() } },
        }, 202);
        foreach (var hidden in new[] { "/metrics", "/health/ready", "/health/live", "/dashboard", "/", "/v1/../metrics", "/v1/..%2fmetrics", "/V1/assign" })
            Assert.Equal((hidden, HttpStatusCode.NotFound), (hidden, await StatusAsync(client.GetAsync(hidden))));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client.GetAsync("/openapi/v1.json")));
        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge,
            await StatusAsync(client.PostAsync("/v1/events", JsonContent.Create(new string('x', 1 << 20)))));
    }

    [Theory]
    [InlineData(Front.Nginx)]
    [InlineData(Front.Compose)]
    [InlineData(Front.Apache)]
    public async Task A_front_without_servers_says_that_the_service_is_unavailable(string kind)
    {
        await using var front = await Front.StartAsync(kind, FreePorts.Next(), FreePorts.Next());
        using var client = front.Connect();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(client.GetAsync("/v1/experiments")));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(client.PostAsync("/v1/assign", JsonContent.Create(new { }))));
    }

    private static async Task<HttpStatusCode> StatusAsync(Task<HttpResponseMessage> answer)
    {
        using var received = await answer;
        return received.StatusCode;
    }

    private static string? Variant(System.Text.Json.JsonElement answer) =>
        answer.GetProperty("assignments")[0].GetProperty("variant").GetString();
}
