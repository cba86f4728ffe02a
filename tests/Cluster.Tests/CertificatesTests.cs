using System.Text.Json;
using Splitstream.Grains.Certificates;
using Splitstream.Testing;

namespace Splitstream.Cluster.Tests;

/// <summary>Certificates through the running server: asked for, computed in the background, and stored with snapshots.</summary>
public sealed class CertificatesTests : IAsyncLifetime
{
    private const string Metric = "bought";
    private readonly PostgresServer _postgres = new();

    [Fact]
    public async Task A_plan_is_certified_and_the_same_plan_has_the_same_certificate()
    {
        await using var node = await Node.StartAsync(await _postgres.CreateDatabaseAsync());
        var plan = new { runs = 20_000, decisionRule = new { plan = new { unitsPerDay = 4_000, baseline = new { rate = 0.1 }, mde = 0.00505 } } };

        var first = await node.PostAsync("/v1/calibrate", plan);
        var second = await node.PostAsync("/v1/calibrate", plan);

        Assert.Equal(0.0485, first.GetProperty("falsePositiveRate").GetProperty("rate").GetDouble(), 0.006);
        Assert.Equal("not_calibrated", first.GetProperty("status").GetString());
        Assert.Equal(3, first.GetProperty("power").GetArrayLength());
        Assert.Equal(first.GetRawText(), second.GetRawText());
        Assert.Single(await node.QueryAsync("SELECT input_hash FROM certificates", row => row.GetString(0)));
    }

    [Fact]
    public async Task Plans_that_are_too_large_are_refused_and_not_begun()
    {
        await using var node = await Node.StartAsync(await _postgres.CreateDatabaseAsync());
        var plan = new { unitsPerDay = 1e12, baseline = new { rate = 0.1 } };

        var certificate = await node.PostAsync("/v1/calibrate", new { decisionRule = new { plan } });
        var power = await node.PostAsync("/v1/power", new { baseline = new { rate = 0.1 }, unitsPerDay = 1e12, days = 1_000 }, 422);

        Assert.Equal(("unavailable", "plan_out_of_range"), (certificate.GetProperty("status").GetString(), certificate.GetProperty("reason").GetString()));
        Assert.Equal("validation_failed", power.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_started_experiment_gets_its_certificate_and_loses_it_with_an_edit_of_its_rule()
    {
        await using var node = await Node.StartAsync(await _postgres.CreateDatabaseAsync());
        await node.PostAsync("/v1/metrics", new { key = Metric, type = "conversion", @event = "buy", windowHours = 1 }, 201);
        await CreateAsync(node, "certified", new { unitsPerDay = 4_000, baseline = new { rate = 0.1 } });
        await CreateAsync(node, "unplanned", null);

        var certified = await CertificateAsync(node, "certified");
        var unplanned = await CertificateAsync(node, "unplanned");
        await node.SendAsync(
            HttpMethod.Patch, "/v1/experiments/certified", new { confirm = true, decisionRule = new { cadenceMinutes = 60 } }, ifMatch: await VersionAsync(node));
        var lapsed = await SnapshotAsync(node, "certified");

        Assert.Equal(("calibrated", true), (certified.GetProperty("status").GetString(), certified.GetProperty("calibrated").GetBoolean()));
        Assert.True(certified.GetProperty("falsePositiveRate").GetProperty("upperBound").GetDouble() <= 0.05);
        Assert.Equal(("unavailable", "no_plan"), (unplanned.GetProperty("status").GetString(), unplanned.GetProperty("reason").GetString()));
        Assert.Equal(("lapsed", "cadence"), (lapsed.GetProperty("status").GetString(), lapsed.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Snapshots_verify_with_their_certificate()
    {
        await using var node = await Node.StartAsync(await _postgres.CreateDatabaseAsync());
        await node.PostAsync("/v1/metrics", new { key = Metric, type = "conversion", @event = "buy", windowHours = 1 }, 201);
        await CreateAsync(node, "certified", new { unitsPerDay = 4_000, baseline = new { rate = 0.1 } });
        await CertificateAsync(node, "certified");

        var results = await node.GetAsync("/v1/experiments/certified/results");
        var id = results.GetProperty("snapshotId").GetString();
        var verified = await node.PostAsync($"/v1/experiments/certified/snapshots/{id}/verify");

        Assert.Equal("matches", verified.GetProperty("engine").GetString());
        Assert.Equal("calibrated", results.GetProperty("decision").GetProperty("certificate").GetProperty("status").GetString());
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _postgres.DisposeAsync();

    private static async Task CreateAsync(Node node, string key, object? plan)
    {
        await node.PostAsync(
            "/v1/experiments",
            new
            {
                key,
                name = key,
                hypothesis = "It will be better",
                variants = new[] { new { key = "control", weight = 1 }, new { key = "treatment", weight = 1 } },
                primaryMetric = Metric,
                decisionRule = plan is null ? null : new { plan },
            },
            201);
        await node.PostAsync($"/v1/experiments/{key}/start");
    }

    /// <summary>Of a snapshot that no longer waits for it.</summary>
    private static async Task<JsonElement> CertificateAsync(Node node, string key)
    {
        JsonElement certificate = default;
        await Until.TrueAsync(async () =>
        {
            certificate = await SnapshotAsync(node, key);
            return certificate.GetProperty("status").GetString() != CertificateBook.Pending;
        });
        return certificate;
    }

    private static async Task<JsonElement> SnapshotAsync(Node node, string key)
    {
        await node.PostAsync($"/v1/experiments/{key}/analyze");
        return (await node.GetAsync($"/v1/experiments/{key}/results")).GetProperty("decision").GetProperty("certificate");
    }

    private static async Task<string> VersionAsync(Node node) =>
        $"\"{(await node.GetAsync("/v1/experiments/certified")).GetProperty("version").GetInt64()}\"";
}
