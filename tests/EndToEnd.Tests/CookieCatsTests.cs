using System.Text.Json;
using Npgsql;

namespace Splitstream.EndToEnd.Tests;

/// <summary>A real, finished experiment from its file to its figures, through the public API, against SciPy.</summary>
public sealed class CookieCatsTests(CookieCatsImport cats) : IClassFixture<CookieCatsImport>
{
    private const double Digits = 1e-6;

    [SharedFact]
    public void Every_player_is_counted_in_the_right_variant()
    {
        var summary = cats.First.GetProperty("import");
        var srm = cats.Results.GetProperty("srm");
        var expected = cats.Expected.GetProperty("srm_50_50");
        var counts = expected.GetProperty("counts");

        Assert.Equal(cats.Expected.GetProperty("rows").GetInt64(), summary.GetProperty("rows").GetInt64());
        Assert.Equal(cats.Expected.GetProperty("unique_userid").GetInt64(), summary.GetProperty("units").GetInt64());
        Assert.Equal(summary.GetProperty("sent").GetInt64(), summary.GetProperty("accepted").GetInt64());
        Assert.Equal("conversion", summary.GetProperty("types").GetProperty("retention_1").GetString());
        Assert.Equal(counts[0].GetInt64(), srm.GetProperty("observed").GetProperty("gate_30").GetInt64());
        Assert.Equal(counts[1].GetInt64(), srm.GetProperty("observed").GetProperty("gate_40").GetInt64());
        Near(expected, "chi2", srm, "chiSquared");
        Near(expected, "df", srm, "degreesOfFreedom");
        Near(expected, "p", srm, "pValue");
        Assert.False(srm.GetProperty("alarm").GetBoolean());
        Assert.Equal(0, cats.Results.GetProperty("exclusions").GetProperty("total").GetInt64());
    }

    [SharedTheory]
    [InlineData("retention_1", "secondary")]
    [InlineData("retention_7", "primary")]
    public void Retention_has_the_reference_figures_field_by_field(string key, string role)
    {
        var metric = cats.Metric(key);
        var expected = cats.Expected.GetProperty(key);
        var comparison = Assert.Single(metric.GetProperty("comparisons").EnumerateArray());
        var bayes = expected.GetProperty("bayes_beta_1_1");

        Assert.Equal((role, "conversion"), (metric.GetProperty("role").GetString(), metric.GetProperty("type").GetString()));
        foreach (var (variant, side) in new[] { (Variant(metric, "gate_30"), "control"), (Variant(metric, "gate_40"), "treatment") })
        {
            Near(expected.GetProperty(side), "x", variant, "sum");
            Near(expected.GetProperty(side), "n", variant, "units");
            Near(expected.GetProperty(side), "rate", variant, "mean");
            Assert.Equal(0, variant.GetProperty("missingUnits").GetInt64());
        }

        Near(expected, "diff", comparison, "effect");
        Near(expected, "z_pooled", comparison, "statistic");
        Near(expected, "p_two_sided_pooled", comparison, "pValue");
        Near(expected, "se_unpooled", comparison, "standardError");
        Near(expected, "rel_lift", comparison, "lift");
        NearInterval(expected, "diff_ci95_unpooled", comparison, "confidenceInterval");
        NearInterval(expected, "rel_lift_ci95_delta", comparison, "liftInterval");
        Near(bayes, "p_treatment_better", comparison, "probabilityBetter");
        Near(bayes, "p_treatment_better", comparison, "probabilityBest");
        Near(bayes, "expected_loss_choose_treatment", comparison, "expectedLoss");
        Near(bayes, "expected_loss_choose_control", comparison, "expectedLossOfControl");
        // The means agree to ten digits each; of their small difference fewer are left.
        var difference = bayes.GetProperty("posterior_mean_treatment").GetDouble() - bayes.GetProperty("posterior_mean_control").GetDouble();
        Assert.Equal(difference, comparison.GetProperty("posteriorMean").GetDouble(), 3e-10);
    }

    [SharedFact]
    public void Rounds_played_have_the_reference_figures_field_by_field()
    {
        var metric = cats.Metric("sum_gamerounds");
        var expected = cats.Expected.GetProperty("sum_gamerounds_raw");
        var comparison = Assert.Single(metric.GetProperty("comparisons").EnumerateArray());

        foreach (var (variant, side) in new[] { (Variant(metric, "gate_30"), "control"), (Variant(metric, "gate_40"), "treatment") })
        {
            Near(expected.GetProperty(side), "n", variant, "units");
            Near(expected.GetProperty(side), "mean", variant, "mean");
            Near(expected.GetProperty(side).GetProperty("var").GetDouble(), Math.Pow(variant.GetProperty("standardDeviation").GetDouble(), 2), "variance");
        }

        Near(expected, "diff", comparison, "effect");
        Near(expected, "se", comparison, "standardError");
        Near(expected, "df", comparison, "degreesOfFreedom");
        Near(expected, "t", comparison, "statistic");
        Near(expected, "p_two_sided", comparison, "pValue");
        Near(expected, "rel_lift", comparison, "lift");
        NearInterval(expected, "diff_ci95", comparison, "confidenceInterval");
        NearInterval(expected, "rel_lift_ci95_delta", comparison, "liftInterval");
    }

    [SharedFact]
    public void The_decision_is_the_published_one_and_its_rate_is_that_of_a_single_test()
    {
        var decision = cats.Results.GetProperty("decision");

        Assert.Equal(("roll_back", "gate_30"), (decision.GetProperty("status").GetString(), decision.GetProperty("variant").GetString()));
        Assert.Equal("fixed_horizon", decision.GetProperty("rule").GetProperty("method").GetString());
        var certificate = decision.GetProperty("certificate");
        Assert.Equal("calibrated", certificate.GetProperty("status").GetString());
        Assert.Equal(0.05, certificate.GetProperty("crossingProbability").GetDouble(), 1e-12);
        Assert.Equal(0.05, certificate.GetProperty("falsePositiveRate").GetProperty("rate").GetDouble(), 0.002);
    }

    [SharedTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_second_import_changes_nothing(bool remembered)
    {
        if (!remembered)
        {
            File.Delete(cats.Installation.Data.ImportsFile);
        }

        var before = await LedgerAsync();
        var second = (await cats.ImportAsync()).Json();
        var after = await LedgerAsync();

        var summary = second.GetProperty("import");
        var sent = cats.First.GetProperty("import").GetProperty("sent").GetInt64();
        Assert.Equal(remembered, summary.GetProperty("alreadyImported").GetBoolean());
        Assert.Equal(0, summary.GetProperty("accepted").GetInt64());
        Assert.Equal(remembered ? 0 : sent, summary.GetProperty("duplicates").GetInt64());
        Assert.Equal(cats.SnapshotId, second.GetProperty("results").GetProperty("snapshotId").GetString());
        Assert.Equal(WithoutViews(cats.Results), WithoutViews(second.GetProperty("results")));
        Assert.Equal(before.Counted, after.Counted);
        Assert.Equal(before.Duplicate + (remembered ? 0 : sent), after.Duplicate);
        Assert.Equal(before.Received + (remembered ? 0 : sent), after.Received);
        Assert.Equal(before.Other, after.Other);
        var rows = await cats.Installation.QueryAsync(
            "SELECT (SELECT count(*) FROM exposures) + (SELECT count(*) FROM events), count(*) FROM snapshots", row => (row.GetInt64(0), row.GetInt64(1)));
        Assert.Equal([(sent, 1)], rows);
    }

    [SharedFact]
    public async Task Verification_matches_after_a_restart_and_names_the_metric_of_one_changed_event()
    {
        (await cats.Installation.DownAsync()).Succeeded();
        await cats.Installation.UpAsync();
        var restarted = await cats.Installation.RunAsync("verify", cats.SnapshotId, "--json");
        var honest = await ExchangeValueAsync(null);
        var tampered = await cats.Installation.RunAsync("verify", cats.SnapshotId, "--json");
        await ExchangeValueAsync(honest);
        var repaired = await cats.Installation.RunAsync("verify", cats.SnapshotId, "--json");

        Assert.Equal(("matches", "matches"), Levels(restarted.Json()));
        Assert.True(tampered.ExitCode == 1, tampered.ToString());
        var found = JsonDocument.Parse(tampered.Out).RootElement;
        Assert.Equal(("matches", "differs"), Levels(found));
        Assert.Equal("sum_gamerounds", found.GetProperty("metric").GetString());
        Assert.Equal(("matches", "matches"), Levels(repaired.Json()));
    }

    /// <summary>Changes one player's rounds by hand: one round more, or back to what it was.</summary>
    private async Task<string> ExchangeValueAsync(string? properties)
    {
        await using var connection = await cats.Installation.OpenDatabaseAsync();
        const string one = "(batch_id, ordinal) = (SELECT min(batch_id), 0 FROM events WHERE name = 'import:gate:sum_gamerounds' AND ordinal = 0)";
        await using var read = new NpgsqlCommand($"SELECT properties::text FROM events WHERE {one}", connection);
        var before = Assert.IsType<string>(await read.ExecuteScalarAsync());
        await using var write = new NpgsqlCommand(
            $"UPDATE events SET properties = coalesce($1::jsonb, jsonb_build_object('value', (properties->>'value')::numeric + 1)) WHERE {one}", connection);
        write.Parameters.AddWithValue(NpgsqlTypes.NpgsqlDbType.Text, (object?)properties ?? DBNull.Value);
        Assert.Equal(1, await write.ExecuteNonQueryAsync());
        return before;
    }

    private async Task<(long Received, long Counted, long Duplicate, long Other)> LedgerAsync()
    {
        var items = (await cats.Installation.Api.GetAsync("/v1/ledger")).GetProperty("items").EnumerateArray().ToArray();
        long Sum(params string[] names) => items.Sum(item => names.Sum(name => item.GetProperty(name).GetInt64()));
        var ledger = (Sum("received"), Sum("counted"), Sum("duplicate"), Sum("quarantined", "rejected", "deadLettered", "pending"));
        Assert.Equal(ledger.Item1, ledger.Item2 + ledger.Item3 + ledger.Item4);
        return ledger;
    }

    private static (string?, string?) Levels(JsonElement verified) =>
        (verified.GetProperty("engine").GetString(), verified.GetProperty("data").GetString());

    private static string WithoutViews(JsonElement results) =>
        string.Join('\n', results.EnumerateObject().Where(field => field.Name != "viewCount").Select(field => $"{field.Name}: {field.Value.GetRawText()}"));

    private static JsonElement Variant(JsonElement metric, string key) =>
        Assert.Single(metric.GetProperty("variants").EnumerateArray(), variant => variant.GetProperty("variant").GetString() == key);

    private static void Near(JsonElement expected, string name, JsonElement actual, string field) =>
        Near(expected.GetProperty(name).GetDouble(), actual.GetProperty(field).GetDouble(), field);

    private static void NearInterval(JsonElement expected, string name, JsonElement actual, string field)
    {
        for (var end = 0; end < 2; end++)
        {
            Near(expected.GetProperty(name)[end].GetDouble(), actual.GetProperty(field)[end].GetDouble(), $"{field}[{end}]");
        }
    }

    private static void Near(double expected, double actual, string field) =>
        Assert.True(Math.Abs(actual - expected) <= Digits * Math.Abs(expected), $"{field} is {actual:R}, expected {expected:R}");
}
