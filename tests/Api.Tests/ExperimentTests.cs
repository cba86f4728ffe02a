using System.Text.Json;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Api.Tests;

public sealed class ExperimentTests
{
    private const string Draft = """{"key":"checkout v2","name":"Checkout","hypothesis":"One page sells more than two.","variants":[{"key":"a","weight":50},{"key":"b","weight":50,"payload":{"n":1.10}}]}""";

    [Fact]
    public async Task A_draft_gets_every_default_and_is_read_back_in_the_published_shape()
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer created = await host.SendAsync("POST", "/v1/experiments", Draft);
        Answer read = await host.SendAsync("GET", "/v1/experiments/checkout%20v2", secret: "reader-secret");

        Assert.Equal(201, created.Status);
        Assert.Equal("/v1/experiments/checkout%20v2", created.Header("Location"));
        Assert.Equal("\"1\"", read.Header("ETag"));
        Assert.Equal(created.Text, read.Text);
        Assert.Equal(
            """{"key":"checkout v2","name":"Checkout","hypothesis":"One page sells more than two.","unitType":"user","variants":[{"key":"a","weight":50,"payload":null,"isControl":true},{"key":"b","weight":50,"payload":{"n":1.10},"isControl":false}],"traffic":1,"targeting":null,"mutexGroup":null,"layer":null,"holdouts":[],"primaryMetric":null,"secondaryMetrics":[],"guardrails":[],"assignment":"server","decisionRule":{"method":"posterior","posteriorThreshold":0.995,"alpha":0.05,"minSample":20000,"minDays":7,"cadenceMinutes":240,"horizon":{"days":28,"unitsPerVariant":56000},"spending":"obrien_fleming","correction":"holm","guardrailAlpha":0.05,"plan":null},"overrides":{},"status":"draft","version":1,"bucketingSeed":"seed","epochs":[],"createdAt":"2026-03-01T12:00:00Z","startedAt":null,"stoppedAt":null,"weightsChanged":false,"protocolVersion":1,"protocolChanged":false,"winner":null,"segments":[]}""",
            read.Text);
    }

    [Fact]
    public async Task Epochs_name_their_weights_by_variant()
    {
        await using ApiHost host = await Seed.StartAsync();
        JsonElement epoch = (await host.SendAsync("GET", "/v1/experiments/one")).Json.GetProperty("epochs")[0];
        Assert.Equal(
            """{"number":1,"openedAt":"2026-03-01T12:00:00Z","closedAt":null,"weights":{"control":50,"treatment":50},"traffic":0.5,"targeting":{"attribute":"country","operator":"equals","value":"SE"}}""",
            epoch.GetRawText());
    }

    [Fact]
    public async Task A_given_rule_is_merged_over_the_defaults_and_imports_default_to_a_fixed_horizon()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string body = Draft[..^1] + ""","assignment":"external","decisionRule":{"minSample":2e2,"horizon":{"days":14},"plan":{"unitsPerDay":1000,"baseline":{"rate":0.1},"mde":0.01}}}""";

        Assert.Equal(201, (await host.SendAsync("POST", "/v1/experiments", body)).Status);

        DecisionRule rule = host.Ports.Experiments["checkout v2"].Definition.Rule;
        Assert.Equal(
            DecisionRule.Default with { Method = DecisionMethod.FixedHorizon, MinSample = 200, HorizonDays = 14, Plan = new DecisionPlan(1000, 0.1, null, null, 0.01) },
            rule);
    }

    [Fact]
    public async Task A_named_control_stays_the_control_and_overrides_are_kept_by_normal_form()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string body = """{"key":"k","name":"K","hypothesis":"It is better than before.","variants":[{"key":"a","weight":0},{"key":"b","weight":1,"isControl":true}],"overrides":{"cafe\u0301":"a"},"targeting":{}}""";

        Assert.Equal(201, (await host.SendAsync("POST", "/v1/experiments", body)).Status);

        ExperimentDefinition definition = host.Ports.Experiments["k"].Definition;
        Assert.Equal("b", definition.Control().Key);
        Assert.Equal("a", definition.Overrides["caf\u00e9"]);
        Assert.Null(definition.TargetingJson);
    }

    [Fact]
    public async Task A_taken_key_is_409()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.SendAsync("POST", "/v1/experiments", Draft);
        Problems.Check(await host.SendAsync("POST", "/v1/experiments", Draft), 409, "experiment_already_exists");
    }

    [Fact]
    public async Task An_edit_needs_the_current_version()
    {
        await using ApiHost host = await Seed.StartAsync();
        const string Edit = """{"name":"Two"}""";

        Answer none = await host.SendAsync("PATCH", "/v1/experiments/one", Edit);
        Answer any = await host.SendAsync("PATCH", "/v1/experiments/one", Edit, ifMatch: "*");
        Answer stale = await host.SendAsync("PATCH", "/v1/experiments/one", Edit, ifMatch: "\"2\"");
        Answer weak = await host.SendAsync("PATCH", "/v1/experiments/one", Edit, ifMatch: "W/\"3\"");
        Answer text = await host.SendAsync("PATCH", "/v1/experiments/one", Edit, ifMatch: "three");
        Answer staleRule = await host.SendAsync("PATCH", "/v1/experiments/one", """{"decisionRule":{"alpha":0.01}}""", ifMatch: "\"2\"");
        int writes = host.Ports.Writes.Count;
        Answer current = await host.SendAsync("PATCH", "/v1/experiments/one", Edit, ifMatch: "\"3\"");

        Problems.Check(none, 428, "version_required");
        Problems.Check(any, 428, "version_required");
        Problems.Check(stale, 412, "stale_version");
        Problems.Check(weak, 412, "stale_version");
        Problems.Check(text, 412, "stale_version");
        Problems.Check(staleRule, 412, "stale_version");
        Assert.Equal(0, writes);
        Assert.Equal((200, "\"4\"", "Two"), (current.Status, current.Header("ETag"), current.Json.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task An_edit_tells_absent_fields_from_null_ones_and_merges_the_rule_over_the_one_that_stands()
    {
        await using ApiHost host = await Seed.StartAsync();
        host.Ports.Experiments["one"] = Seed.Experiment("one") with
        {
            Definition = Seed.Experiment("one").Definition with { Rule = DecisionRule.Default with { MinDays = 3 } },
        };
        const string Body = """{"targeting":null,"primaryMetric":"other","variants":[{"key":"control","weight":1},{"key":"treatment","payload":null}],"decisionRule":{"alpha":0.01},"confirm":true}""";

        Assert.Equal(200, (await host.SendAsync("PATCH", "/v1/experiments/one", Body, ifMatch: "\"3\"")).Status);

        ExperimentEdit edit = Assert.IsType<ExperimentEdit>(Assert.Single(host.Ports.Writes));
        Assert.Equal(new Optional<string>(true, null), edit.Targeting);
        Assert.Equal(new Optional<string>(true, "other"), edit.PrimaryMetric);
        Assert.Equal(new Optional<string>(false, null), edit.MutexGroup);
        Assert.Equal([new VariantEdit("control", 1, null, default), new VariantEdit("treatment", null, null, new Optional<string>(true, null))], edit.Variants);
        Assert.Equal(DecisionRule.Default with { MinDays = 3, Alpha = 0.01 }, edit.Rule);
        Assert.Null(edit.Name);
        Assert.True(edit.Confirm);
    }

    [Theory]
    [InlineData("""{"attribute":"country","operator":"equals","value":"Österreich"}""")]
    [InlineData(""" { "value" : "\u00d6sterreich",\n "operator":"equals","attribute":"country"}""")]
    public async Task Targeting_is_kept_in_one_spelling(string sent)
    {
        await using ApiHost host = await Seed.StartAsync();
        string body = "{\"targeting\":" + sent.Replace("\\n", "\n", StringComparison.Ordinal) + "}";

        Assert.Equal(200, (await host.SendAsync("PATCH", "/v1/experiments/one", body, ifMatch: "\"3\"")).Status);

        ExperimentEdit edit = Assert.IsType<ExperimentEdit>(Assert.Single(host.Ports.Writes));
        Assert.Equal("""{"attribute":"country","operator":"equals","value":"Österreich"}""", edit.Targeting.Value);
    }

    [Fact]
    public async Task Lifecycle_takes_an_optional_version_and_stop_an_optional_winner()
    {
        await using ApiHost host = await Seed.StartAsync();

        Answer stale = await host.SendAsync("POST", "/v1/experiments/one/pause", ifMatch: "\"2\"");
        Answer stop = await host.SendAsync("POST", "/v1/experiments/one/stop", """{"winner":"treatment"}""", ifMatch: "\"3\"");
        Answer absent = await host.SendAsync("POST", "/v1/experiments/none/start");
        Answer unknown = await host.SendAsync("POST", "/v1/experiments/one/explode");

        Problems.Check(stale, 412, "stale_version");
        Assert.Equal(("stopped", "treatment"), (stop.Json.GetProperty("status").GetString(), stop.Json.GetProperty("winner").GetString()));
        Assert.Equal("\"4\"", stop.Header("ETag"));
        Problems.Check(absent, 404, "experiment_not_found");
        Problems.Check(unknown, 404, "not_found");
    }

    [Theory]
    [InlineData(""" "type":"ratio","numerator":{"event":"buy","propertyPath":"$.price"},"denominator":{"event":"visit"} """,
        """ "type":"ratio","event":null,"propertyPath":null,"windowHours":24,"direction":"increase","cap":null,"margin":null,"lookbackDays":14,"numerator":{"event":"buy","propertyPath":"$.price"},"denominator":{"event":"visit","propertyPath":null}} """)]
    [InlineData(""" "type":"count","event":"buy","cap":{"value":0.99,"unit":"relative"},"lookbackDays":0 """,
        """ "type":"count","event":"buy","propertyPath":null,"windowHours":24,"direction":"increase","cap":{"value":0.99,"unit":"relative"},"margin":null,"lookbackDays":0} """)]
    [InlineData(""" "type":"quantile","event":"load","propertyPath":"$.ms","quantile":0.9,"direction":"decrease" """,
        """ "type":"quantile","event":"load","propertyPath":"$.ms","windowHours":24,"direction":"decrease","cap":null,"margin":null,"lookbackDays":0,"quantile":0.9} """)]
    [InlineData(""" "type":"conversion","event":"buy" """,
        """ "type":"conversion","event":"buy","propertyPath":null,"windowHours":24,"direction":"increase","cap":null,"margin":null,"lookbackDays":0} """)]
    [InlineData(""" "type":"conversion","event":"buy","lookbackDays":28 """,
        """ "type":"conversion","event":"buy","propertyPath":null,"windowHours":24,"direction":"increase","cap":null,"margin":null,"lookbackDays":28} """)]
    public async Task Metrics_of_every_type_say_what_they_are(string sent, string answered)
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer metric = await host.SendAsync("POST", "/v1/metrics", $$"""{"key":"m","windowHours":24,{{sent}}}""");

        Assert.Equal($$"""{"key":"m","name":"m",{{answered.Trim()}}""", metric.Text);
    }

    [Fact]
    public async Task Retention_says_when_its_window_begins_and_ends()
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer metric = await host.SendAsync("POST", "/v1/metrics", """{"key":"d7","type":"retention","event":"open","startHours":144,"endHours":168}""");

        Assert.Equal(
            """{"key":"d7","name":"d7","type":"retention","event":"open","propertyPath":null,"windowHours":null,"direction":"increase","cap":null,"margin":null,"lookbackDays":0,"startHours":144,"endHours":168}""",
            metric.Text);
    }

    [Fact]
    public async Task Metrics_and_groups_are_created_once_and_read_back()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        const string Metric = """{"key":"revenue","type":"mean","event":"buy","propertyPath":"$.revenue","windowHours":168,"cap":{"value":500,"unit":"absolute"},"margin":{"value":0.5,"unit":"absolute"}}""";
        const string Group = """{"key":"checkout","shares":{"a":50,"b":30}}""";

        Answer metric = await host.SendAsync("POST", "/v1/metrics", Metric);
        Answer group = await host.SendAsync("POST", "/v1/mutex-groups", Group);

        Assert.Equal((201, "/v1/metrics/revenue"), (metric.Status, metric.Header("Location")));
        Assert.Equal(
            """{"key":"revenue","name":"revenue","type":"mean","event":"buy","propertyPath":"$.revenue","windowHours":168,"direction":"increase","cap":{"value":500,"unit":"absolute"},"margin":{"value":0.5,"unit":"absolute"},"lookbackDays":14}""",
            metric.Text);
        Assert.Equal(metric.Text, (await host.SendAsync("GET", "/v1/metrics/revenue")).Text);
        Problems.Check(await host.SendAsync("POST", "/v1/metrics", Metric), 409, "metric_already_exists");
        Problems.Check(await host.SendAsync("GET", "/v1/metrics/none"), 404, "metric_not_found");
        Assert.Equal((201, "/v1/mutex-groups/checkout"), (group.Status, group.Header("Location")));
        Assert.Equal("""{"key":"checkout","name":"checkout","shares":{"a":50,"b":30},"createdAt":"2026-03-01T12:00:00Z"}""", group.Text);
        Assert.Equal(group.Text, (await host.SendAsync("GET", "/v1/mutex-groups/checkout")).Text);
        Problems.Check(await host.SendAsync("POST", "/v1/mutex-groups", Group), 409, "mutex_group_already_exists");
        Problems.Check(await host.SendAsync("GET", "/v1/mutex-groups/none"), 404, "mutex_group_not_found");
    }

    [Fact]
    public async Task A_new_key_shows_its_secret_once_and_can_be_revoked()
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer created = await host.SendAsync("POST", "/v1/api-keys", """{"name":"shop","scopes":["assign","ingest"],"origins":["https://shop.example"]}""");
        Answer listed = await host.SendAsync("GET", "/v1/api-keys");
        Answer revoked = await host.SendAsync("DELETE", "/v1/api-keys/client");
        Answer absent = await host.SendAsync("DELETE", "/v1/api-keys/none");

        Assert.Equal(201, created.Status);
        Assert.Equal("no-store", created.Header("Cache-Control"));
        Assert.Equal("""{"id":"k9","name":"shop","project":"default","scopes":["assign","ingest"],"origins":["https://shop.example"],"createdAt":"2026-03-01T12:00:00Z","secret":"new-secret"}""", created.Text);
        Assert.DoesNotContain("secret", listed.Text, StringComparison.Ordinal);
        Assert.Equal((204, ""), (revoked.Status, revoked.Text));
        Problems.Check(absent, 404, "api_key_not_found");
    }
}
