using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using Splitstream.Testing;

namespace Splitstream.Deployment.Tests.Manifests;

/// <summary>What rules and board ask for is what a running server exports.</summary>
public sealed partial class MetricsTests
{
    private static readonly string[] Askers =
        ["deploy/prometheus/rules.yaml", "deploy/prometheus/rules.test.yaml", "deploy/grafana/splitstream.json"];

    [Fact]
    public async Task Every_metric_that_a_manifest_names_is_exported_with_its_labels()
    {
        await using var server = await RunningServer.StartAsync(await PostgresServer.Shared.CreateDatabaseAsync());
        await UseAsync(server);
        var exported = (await server.ReadMetricsAsync()).Keys.GroupBy(sample => sample.Split('{')[0])
            .ToDictionary(group => group.Key, group => group.SelectMany(Labels).ToHashSet());
        foreach (var file in Askers)
        {
            var asked = Asked(Sources.Read(file));
            Assert.NotEmpty(asked);
            foreach (var (name, labels) in asked)
            {
                Assert.True(exported.ContainsKey(name), $"{file} asks for {name}, which no server exports.");
                Assert.True(labels.IsSubsetOf(exported[name]), $"{file} asks for {name} by {string.Join(", ", labels)}.");
            }
        }
    }

    [Fact]
    public void Recorded_series_are_recorded_before_rules_and_board_ask_for_them()
    {
        var rules = Sources.Read("deploy/prometheus/rules.yaml");
        var recorded = Record().Matches(rules).Select(match => match.Groups[1].Value).ToHashSet();

        var asked = RecordedName().Matches(rules + Sources.Read("deploy/grafana/splitstream.json") + Sources.Read("deploy/prometheus/rules.test.yaml"))
            .Select(match => match.Value).ToHashSet();

        Assert.NotEmpty(recorded);
        Assert.Subset(recorded, asked);
    }

    [Fact]
    public void Every_alert_is_shown_to_fire()
    {
        var alerts = Alert().Matches(Sources.Read("deploy/prometheus/rules.yaml")).Select(match => match.Groups[1].Value).ToHashSet();

        var fired = Fired().Matches(Sources.Read("deploy/prometheus/rules.test.yaml")).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.NotEmpty(alerts);
        Assert.Equal(alerts.Order(StringComparer.Ordinal), fired.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Panels_of_the_board_have_a_query_each_and_do_not_overlap()
    {
        using var board = JsonDocument.Parse(Sources.Read("deploy/grafana/splitstream.json"));
        var panels = board.RootElement.GetProperty("panels").EnumerateArray().ToList();
        var cells = new HashSet<(int, int)>();
        var ids = new HashSet<int>();
        Assert.NotEmpty(panels);
        foreach (var panel in panels)
        {
            var title = panel.GetProperty("title").GetString();
            Assert.True(ids.Add(panel.GetProperty("id").GetInt32()), $"{title} has the id of another panel.");
            if (panel.GetProperty("type").GetString() != "row")
            {
                var targets = panel.GetProperty("targets").EnumerateArray().ToList();
                Assert.NotEmpty(targets);
                Assert.All(targets, target => Assert.Contains("splitstream", target.GetProperty("expr").GetString(), StringComparison.Ordinal));
                Assert.All(targets, target => Assert.Equal("${datasource}", target.GetProperty("datasource").GetProperty("uid").GetString()));
            }

            var place = panel.GetProperty("gridPos");
            var (x, y) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32());
            for (var dx = 0; dx < place.GetProperty("w").GetInt32(); dx++)
            {
                Assert.InRange(x + dx, 0, 23);
                for (var dy = 0; dy < place.GetProperty("h").GetInt32(); dy++)
                    Assert.True(cells.Add((x + dx, y + dy)), $"{title} covers another panel.");
            }
        }
    }

    [Fact]
    public async Task Queries_of_the_board_are_queries()
    {
        using var board = JsonDocument.Parse(Sources.Read("deploy/grafana/splitstream.json"));
        var queries = board.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!.Replace("$__rate_interval", "5m", StringComparison.Ordinal)).ToList();
        using var scratch = new Scratch();

        var good = await CheckQueriesAsync(scratch, queries);
        var bad = await CheckQueriesAsync(scratch, [.. queries, "sum by (job splitstream_nodes_silent"]);

        Assert.True(good.IsOk, good.ToString());
        Assert.False(bad.IsOk, bad.ToString());
    }

    [Fact]
    public async Task A_silent_server_is_counted_and_a_database_that_is_away_ends_the_lease()
    {
        await using var postgres = new PostgresServer();
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var server = await RunningServer.StartAsync(connectionString);
        await using (var connection = new NpgsqlConnection(connectionString))
        {
            await connection.OpenAsync();
            await using var gone = new NpgsqlCommand(
                "INSERT INTO nodes (node_id, seen_at) VALUES ('gone', clock_timestamp() - interval '1 hour')", connection);
            await gone.ExecuteNonQueryAsync();
        }

        await Until.TrueAsync(async () => await server.ReadMetricsAsync() is var now
            && now["splitstream_nodes_registered"] == 2 && now["splitstream_nodes_silent"] == 1 && now["splitstream_cache_lease_held"] == 1);
        await postgres.StopAsync(immediate: true);
        await Until.TrueAsync(async () => await server.ReadMetricsAsync() is var now
            && now["splitstream_cache_lease_held"] == 0 && now["splitstream_node_heartbeat_age_seconds"] >= 3);
    }

    /// <summary>Makes every series appear that appears with its first measurement.</summary>
    private static async Task UseAsync(RunningServer server)
    {
        await server.Api.PostAsync("/v1/experiments", new
        {
            key = "used",
            name = "Used",
            hypothesis = "Measurements appear when something is measured.",
            variants = new[] { new { key = "control", weight = 1 }, new { key = "treatment", weight = 1 } },
        }, 201);
        await server.Api.PostAsync("/v1/experiments/used/start");
        await server.Api.PostAsync("/v1/assign", new { unitId = "u1", experiments = new[] { "used" } });
        await server.Api.PostAsync("/v1/events", new
        {
            events = new[] { new { eventId = "e1", unitId = "u1", name = "purchase", timestamp = TimeProvider.System.GetUtcNow() } },
        }, 202);
        await Until.TrueAsync(async () => (await server.ReadMetricsAsync()).GetValueOrDefault("splitstream_aggregation_batches_total") == 1);
    }

    private static async Task<Tool> CheckQueriesAsync(Scratch scratch, IEnumerable<string> queries) =>
        await Check.PrometheusRulesAsync(scratch.Write("board.json", JsonSerializer.Serialize(new
        {
            groups = new[] { new { name = "board", rules = queries.Select((query, i) => new { record = $"board:{i}", expr = query }) } },
        })));

    /// <summary>Names of metrics in a text, each with the labels it is selected by.</summary>
    private static Dictionary<string, HashSet<string>> Asked(string text)
    {
        var asked = new Dictionary<string, HashSet<string>>();
        foreach (Match match in Name().Matches(text.Replace("\\\"", "\"", StringComparison.Ordinal)))
        {
            if (!asked.TryGetValue(match.Groups[1].Value, out var labels)) asked[match.Groups[1].Value] = labels = [];
            labels.UnionWith(Labels(match.Value));
        }

        return asked;
    }

    /// <summary>Labels between braces, without those that Prometheus itself puts on whatever it scrapes.</summary>
    private static IEnumerable<string> Labels(string selector) =>
        Label().Matches(selector).Select(match => match.Groups[1].Value).Where(label => label is not ("job" or "instance"));

    [GeneratedRegex(@"\b(splitstream_[a-z0-9_]+)(?:\{[^}]*\})?")]
    private static partial Regex Name();

    [GeneratedRegex(@"[{,]\s*([a-z_]+)\s*(?:=~|!~|!=|=)""")]
    private static partial Regex Label();

    [GeneratedRegex(@"record: (\S+)")]
    private static partial Regex Record();

    [GeneratedRegex(@"\bsplitstream:[a-z0-9_]+:[a-z0-9_]+|\bsplitstream:sums_age_seconds")]
    private static partial Regex RecordedName();

    [GeneratedRegex(@"alert: (\S+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"alertname: (\S+)\s+exp_alerts:")]
    private static partial Regex Fired();
}
