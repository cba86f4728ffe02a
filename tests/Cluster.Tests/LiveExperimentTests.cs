using Splitstream.Bucketing;

namespace Splitstream.Cluster.Tests;

/// <summary>One experiment's life over HTTP, as a product team lives it, across a restart of the server.</summary>
public sealed class LiveExperimentTests
{
    private const string Key = "checkout-v2";
    private const int Units = 400;

    [Fact]
    public async Task A_weight_edit_moves_nobody_and_steers_new_units_even_after_a_restart()
    {
        var node = await Node.StartAsync();
        var database = node.ConnectionString;
        var before = await CreateAndAssignAsync(node);

        await EditWeightsAsync(node, 1, 1, 98);
        await AssertUnmovedAsync(node, before);
        var after = await AssignAsync(node, "new", Units);
        await node.DisposeAsync();
        await using var restarted = await Node.StartAsync(database);
        await AssertUnmovedAsync(restarted, before);
        await AssertUnmovedAsync(restarted, after);

        Assert.True(after.Count(pair => pair.Value == "second") > Units * 0.93, "New units must follow the new weights.");
        var experiment = await restarted.GetAsync($"/v1/experiments/{Key}");
        Assert.True(experiment.GetProperty("weightsChanged").GetBoolean());
        Assert.Equal(2, experiment.GetProperty("epochs").GetArrayLength());
    }

    [Fact]
    public async Task An_edit_of_weights_while_running_needs_confirmation_and_the_current_version()
    {
        await using var node = await Node.StartAsync();
        await CreateAsync(node);
        var patch = new { variants = new[] { new { key = "control", weight = 10 } } };

        var unconfirmed = await node.SendAsync(HttpMethod.Patch, $"/v1/experiments/{Key}", patch, 409, "\"2\"");
        var stale = await node.SendAsync(HttpMethod.Patch, $"/v1/experiments/{Key}", patch, 412, "\"1\"");
        var blind = await node.SendAsync(HttpMethod.Patch, $"/v1/experiments/{Key}", patch, 428);

        Assert.Equal("confirmation_required", unconfirmed.GetProperty("code").GetString());
        Assert.Equal("stale_version", stale.GetProperty("code").GetString());
        Assert.Equal("version_required", blind.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_rebucket_deletes_the_row_supersedes_its_exposures_and_analysis_ignores_them()
    {
        await using var node = await Node.StartAsync();
        var assigned = await CreateAndAssignAsync(node);
        var now = TimeProvider.System.GetUtcNow().AddMinutes(-2);
        await node.PostAsync("/v1/exposures", new
        {
            exposures = assigned.Select(pair => new
            {
                exposureId = pair.Key, unitId = pair.Key, experiment = Key, variant = pair.Value, timestamp = now,
            }),
        }, 202);
        var (unit, variant) = assigned.First();
        var counted = await AnalysedAsync(node);

        var rebucket = await node.PostAsync("/v1/units/rebucket", new { unitId = unit, experiment = Key });
        var without = await AnalysedAsync(node);
        var again = await node.PostAsync("/v1/units/rebucket", new { unitId = unit, experiment = Key }, 404);
        var reassigned = (await AssignAsync(node, "unit", 1))[unit];
        var audit = await node.GetAsync($"/v1/experiments/{Key}/audit");

        Assert.Equal(variant, rebucket.GetProperty("previous").GetString());
        Assert.Equal(1, rebucket.GetProperty("superseded").GetInt64());
        Assert.Equal("assignment_not_found", again.GetProperty("code").GetString());
        Assert.Equal(Units, counted.Values.Sum());
        Assert.Equal(counted[variant] - 1, without[variant]);
        Assert.Equal(variant, reassigned);
        var entry = Assert.Single(audit.GetProperty("items").EnumerateArray(), item => item.GetProperty("action").GetString() == "unit.rebucketed");
        Assert.DoesNotContain(unit, entry.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_batch_of_events_twice_counts_once()
    {
        await using var node = await Node.StartAsync();
        await node.PostAsync("/v1/metrics", new { key = "purchases", name = "Purchases", type = "count", @event = "purchase" }, 201);
        var assigned = await CreateAndAssignAsync(node, "purchases");
        var exposedAt = TimeProvider.System.GetUtcNow().AddMinutes(-3);
        await node.PostAsync("/v1/exposures", new
        {
            exposures = assigned.Select(pair => new { unitId = pair.Key, experiment = Key, variant = pair.Value, timestamp = exposedAt }),
        }, 202);
        var batch = new
        {
            events = assigned.Keys.Select(unit => new
            {
                eventId = $"purchase-{unit}", unitId = unit, name = "purchase", timestamp = exposedAt.AddMinutes(1), properties = new { },
            }),
        };

        var first = await node.PostAsync("/v1/events", batch, 202);
        var second = await node.PostAsync("/v1/events", batch, 202);
        await node.PostAsync($"/v1/experiments/{Key}/analyze");
        var results = await node.GetAsync($"/v1/experiments/{Key}/results");

        Assert.Equal((Units, 0), (first.GetProperty("accepted").GetInt32(), first.GetProperty("duplicates").GetInt32()));
        Assert.Equal((0, Units), (second.GetProperty("accepted").GetInt32(), second.GetProperty("duplicates").GetInt32()));
        var metric = Assert.Single(results.GetProperty("metrics").EnumerateArray());
        Assert.Equal(Units, metric.GetProperty("variants").EnumerateArray().Sum(v => v.GetProperty("sum").GetDouble()));
        Assert.Equal(Units, metric.GetProperty("variants").EnumerateArray().Sum(v => v.GetProperty("units").GetInt64()));
    }

    [Fact]
    public async Task Two_snapshots_of_unchanged_data_differ_in_id_time_and_counts_only_and_verify_after_a_restart()
    {
        var node = await Node.StartAsync();
        var database = node.ConnectionString;
        await node.PostAsync("/v1/metrics", new { key = "spend", name = "Spend", type = "mean", @event = "purchase", propertyPath = "$.amount", windowHours = 24 }, 201);
        var assigned = await CreateAndAssignAsync(node, "spend");
        var exposedAt = TimeProvider.System.GetUtcNow().AddMinutes(-4);
        await node.PostAsync("/v1/exposures", new
        {
            exposures = assigned.Select(pair => new { unitId = pair.Key, experiment = Key, variant = pair.Value, timestamp = exposedAt }),
        }, 202);
        await node.PostAsync("/v1/events", new
        {
            events = assigned.Keys.Select((unit, i) => new
            {
                unitId = unit, name = "purchase", timestamp = exposedAt.AddSeconds(i), properties = new { amount = i / 7m },
            }),
        }, 202);

        var first = await SnapshotAsync(node);
        var second = await SnapshotAsync(node);
        await node.DisposeAsync();
        await using var restarted = await Node.StartAsync(database);
        var verified = await restarted.PostAsync($"/v1/experiments/{Key}/snapshots/{second.Id}/verify");

        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(("matches", "matches"), (verified.GetProperty("engine").GetString(), verified.GetProperty("data").GetString()));
    }

    private static async Task<(string Id, string Body)> SnapshotAsync(Node node)
    {
        string[] differing = ["snapshotId", "takenAt", "lookNumber", "viewCount"];
        var id = (await node.PostAsync($"/v1/experiments/{Key}/analyze")).GetProperty("snapshotId").GetString()!;
        var snapshot = await node.GetAsync($"/v1/experiments/{Key}/snapshots/{id}");
        var rest = snapshot.EnumerateObject().Where(field => !differing.Contains(field.Name)).Select(field => $"{field.Name}: {field.Value.GetRawText()}");
        return (id, string.Join('\n', rest));
    }

    private static async Task<Dictionary<string, string>> CreateAndAssignAsync(Node node, string? metric = null)
    {
        var seed = await CreateAsync(node, metric);
        var assigned = await AssignAsync(node, "unit", Units);
        var split = VariantSplit.Create(new WeightedVariant("control", 50), new WeightedVariant("first", 30), new WeightedVariant("second", 20));
        Assert.All(assigned, pair => Assert.Equal(split.Variants[split.Choose(Bucket.Of(Key, pair.Key, seed))].Key, pair.Value));
        return assigned;
    }

    private static async Task<string> CreateAsync(Node node, string? metric = null)
    {
        var created = await node.PostAsync("/v1/experiments", new
        {
            key = Key,
            name = "Checkout",
            hypothesis = "One page instead of three lets more people finish.",
            variants = new[] { new { key = "control", weight = 50 }, new { key = "first", weight = 30 }, new { key = "second", weight = 20 } },
            primaryMetric = metric,
        }, 201);
        await node.PostAsync($"/v1/experiments/{Key}/start");
        return created.GetProperty("bucketingSeed").GetString()!;
    }

    private static async Task EditWeightsAsync(Node node, params int[] weights)
    {
        var version = (await node.GetAsync($"/v1/experiments/{Key}")).GetProperty("version").GetInt64();
        string[] keys = ["control", "first", "second"];
        await node.SendAsync(
            HttpMethod.Patch,
            $"/v1/experiments/{Key}",
            new { variants = keys.Select((key, i) => new { key, weight = weights[i] }), confirm = true },
            ifMatch: $"\"{version}\"");
    }

    private static async Task<Dictionary<string, string>> AssignAsync(Node node, string prefix, int units, string? reason = null)
    {
        var answer = await node.PostAsync("/v1/assign/batch", new
        {
            units = Enumerable.Range(0, units).Select(i => new { unitId = $"{prefix}-{i}" }),
            experiments = new[] { Key },
        });
        var variants = new Dictionary<string, string>();
        foreach (var unit in answer.GetProperty("units").EnumerateArray())
        {
            var assignment = unit.GetProperty("assignments")[0];
            variants.Add(unit.GetProperty("unitId").GetString()!, assignment.GetProperty("variant").GetString()!);
            Assert.True(reason is null || assignment.GetProperty("reason").GetString() == reason, assignment.GetRawText());
        }

        return variants;
    }

    private static async Task AssertUnmovedAsync(Node node, Dictionary<string, string> before)
    {
        var prefix = before.Keys.First().Split('-')[0];
        Assert.Equal(before.OrderBy(pair => pair.Key), (await AssignAsync(node, prefix, before.Count, "sticky")).OrderBy(pair => pair.Key));
    }

    private static async Task<Dictionary<string, long>> AnalysedAsync(Node node)
    {
        await node.PostAsync($"/v1/experiments/{Key}/analyze");
        var results = await node.GetAsync($"/v1/experiments/{Key}/results");
        return results.GetProperty("srm").GetProperty("observed").EnumerateObject().ToDictionary(v => v.Name, v => v.Value.GetInt64());
    }
}
