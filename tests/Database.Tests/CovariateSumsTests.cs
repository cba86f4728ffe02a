using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Database;

namespace Splitstream.Database.Tests;

/// <summary>What of a unit's past enters a covariate, and what of its future enters a retention.</summary>
public sealed class CovariateSumsTests : IAsyncLifetime
{
    private static readonly MetricDefinition Revenue =
        World.Metric("revenue", MetricType.Mean, "buy", "$.price", windowHours: 24) with { LookbackDays = 7, HasCovariate = true };
    private static readonly MetricDefinition Visits = World.Metric("visits", MetricType.Count, "visit", windowHours: 24);
    private World _world = null!;

    public async Task InitializeAsync()
    {
        _world = await World.CreateAsync();
        await _world.AddMetricAsync(Revenue);
        await _world.AddMetricAsync(Visits);
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData("exposure", -2)]
    [InlineData("assignment", -5)]
    [InlineData("earlier assignment", -5)]
    [InlineData("claim", -7)]
    [InlineData("earlier claim", -7)]
    public async Task The_look_back_ends_at_the_first_of_exposure_assignment_and_claim(string first, int hours)
    {
        var experiment = await _world.AddExperimentAsync("e", metrics: "revenue");
        await _world.AssignAsync(experiment, "u", "a");
        DateTime At(string what, int usually) => World.Noon.AddHours(first == what ? hours : usually).UtcDateTime;
        await _world.ExecuteAsync("UPDATE assignments SET assigned_at = $1", At("assignment", 0));
        var isRebucketed = first == "earlier assignment";
        if (isRebucketed)
        {
            await _world.ExecuteAsync(
                "INSERT INTO assignment_history (experiment_id, unit_id, variant, epoch, assigned_at, ended_at, reason) VALUES ($1, 'u', 'a', 1, $2, $2, 'x')",
                experiment.Id, At(first, 0));
        }

        await _world.ExecuteAsync("INSERT INTO mutex_groups (key, name, seed, shares, created_at) VALUES ('g', 'g', 's', '{}', now())");
        await _world.ExecuteAsync("UPDATE experiments SET group_id = (SELECT group_id FROM mutex_groups)");
        await _world.ExecuteAsync(
            "INSERT INTO mutex_claims SELECT group_id, 'u', $1, $2 FROM mutex_groups", experiment.Id, At("claim", 0));
        await _world.ExecuteAsync(
            """
            INSERT INTO mutex_claim_history (group_id, unit_id, experiment_id, claimed_at, released_at, reason)
            SELECT group_id, 'u', 0, $1, $1, 'x' FROM mutex_groups
            """,
            At("earlier claim", 0));
        await _world.ExposeAsync("e", "u", "a", At("exposure", -1));
        var end = World.Noon.AddHours(hours);

        await _world.TrackAsync("u", "buy", """{"price": 1}""", end);
        await _world.TrackAsync("u", "buy", """{"price": 10}""", end.AddMicroseconds(-1));
        await _world.TrackAsync("u", "buy", """{"price": 100}""", end.AddDays(-7));
        await _world.TrackAsync("u", "buy", """{"price": 1000}""", end.AddDays(-7).AddMicroseconds(-1));

        await DrainAsync();
        Assert.Equal(end.UtcDateTime, await _world.ScalarAsync("SELECT lookback_ends_at FROM analysed_units"));
        if (!isRebucketed)
        {
            Assert.Equal("110", (await ReadAsync(experiment, Revenue)).Products!.Covariates);
        }
    }

    [Fact]
    public async Task Any_event_of_the_look_back_gives_a_history_also_when_it_arrives_last()
    {
        var experiment = await _world.AddExperimentAsync("e", metrics: "revenue");
        await _world.AssignAsync(experiment, "u", "a");
        await _world.ExposeAsync("e", "u", "a");
        await _world.TrackAsync("u", "buy", """{"price": 5}""");
        var before = await ReadAsync(experiment, Revenue);
        await _world.TrackAsync("u", "anything", null, World.Noon.AddDays(-2));
        var known = await ReadAsync(experiment, Revenue);
        await _world.TrackAsync("u", "buy", """{"price": null}""", World.Noon.AddDays(-2));
        await _world.TrackAsync("u", "buy", """{"price": 3}""", World.Noon.AddDays(-2));
        var active = await ReadAsync(experiment, Revenue);

        Assert.Equal(("0", "0", "0"), (before.Products!.Histories, before.Products.ValueHistories, before.Products.Covariates));
        Assert.Equal(("1", "5", "0"), (known.Products!.Histories, known.Products.ValueHistories, known.Products.Covariates));
        Assert.Equal(("1", "15", "3"), (active.Products!.Histories, active.Products.ValueCovariates, active.Products.Covariates));
        Assert.Equal((1, 0, "5"), (active.Units, active.Missing, active.Sum));
    }

    [Fact]
    public async Task Plain_metrics_and_units_assigned_elsewhere_keep_no_products()
    {
        await _world.AddExperimentAsync("external", AssignmentMode.External, metrics: "revenue");
        var experiment = await _world.AddExperimentAsync("plain", metrics: "visits");
        await _world.AssignAsync(experiment, "u", "a");
        await _world.ExposeAsync("plain", "u", "a");
        await _world.ExposeAsync("external", "u", "a");
        await _world.TrackAsync("u", "visit", null, World.Noon.AddDays(-1));
        await _world.TrackAsync("u", "visit");
        await _world.TrackAsync("u", "buy", """{"price": 5}""");

        var sum = await ReadAsync(experiment, Visits);

        Assert.Equal(("1", null), (sum.Sum, sum.Products));
        Assert.Equal(0, await _world.CountAsync("metric_products"));
        Assert.Equal(0, await _world.CountAsync("analysed_units WHERE lookback_ends_at IS NOT NULL"));
        Assert.Equal(2, await _world.CountAsync("unit_metrics WHERE denominator IS NULL AND history IS NULL AND covariate IS NULL"));
    }

    [Fact]
    public async Task A_metric_that_is_taken_away_takes_its_products_with_it()
    {
        var experiment = await _world.AddExperimentAsync("e", metrics: "revenue");
        await _world.AssignAsync(experiment, "u", "a");
        await _world.ExposeAsync("e", "u", "a");
        await _world.TrackAsync("u", "buy", """{"price": 5}""", World.Noon.AddDays(-1));
        await _world.TrackAsync("u", "buy", """{"price": 7}""");
        var first = await ReadAsync(experiment, Revenue);

        await UseAsync("visits");
        Assert.Equal(0, await _world.CountAsync("metric_products WHERE covariates <> 0 OR value_covariates <> 0 OR histories <> 0"));
        await UseAsync("revenue");

        Assert.Equal(first, await ReadAsync(experiment, Revenue));
        Assert.Equal("35", first.Products!.ValueCovariates);
    }

    [Theory]
    [InlineData(6 * 24, 0, "1")]
    [InlineData(6 * 24, -1, "0")]
    [InlineData(7 * 24, 0, "0")]
    [InlineData(7 * 24, -1, "1")]
    public async Task Day_seven_retention_is_a_return_on_that_day_and_no_other(int hours, int microseconds, string retained)
    {
        var metric = World.Metric("d7", MetricType.Retention, "open") with { StartHours = 144, EndHours = 168 };
        await _world.AddMetricAsync(metric);
        var experiment = await _world.AddExperimentAsync("e", metrics: "d7");
        await _world.AssignAsync(experiment, "u", "a");
        await _world.ExposeAsync("e", "u", "a");
        _world.Clock.Now = World.Noon.AddDays(8);
        await _world.TrackAsync("u", "open", null, World.Noon.AddHours(hours).AddMicroseconds(microseconds));

        Assert.Equal(retained, (await ReadAsync(experiment, metric)).Sum);
    }

    [Theory]
    [InlineData(168, 59, 0)]
    [InlineData(169, 0, 1)]
    public async Task A_unit_is_no_lost_one_before_its_seventh_day_is_over(int hours, int minutes, long matured)
    {
        var metric = World.Metric("d7", MetricType.Retention, "open") with { StartHours = 144, EndHours = 168 };
        await _world.AddMetricAsync(metric);
        var experiment = await _world.AddExperimentAsync("e", metrics: "d7");
        await _world.AssignAsync(experiment, "u", "a");
        await _world.ExposeAsync("e", "u", "a");

        var sum = await ReadAsync(experiment, metric, World.Noon.AddHours(hours).AddMinutes(minutes));

        Assert.Equal((1, matured), (sum.Units, sum.Matured.Units));
    }

    [Fact]
    public void A_definition_from_before_there_were_covariates_has_none_and_stays_as_it_was_written()
    {
        const string Old = """{"Key":"m","Name":"m","Type":"Count","Event":"e","PropertyPath":null,"WindowHours":24,"Direction":"Increase","Cap":null,"Margin":null,"LookbackDays":14}""";

        var definition = ConfigurationJson.Read<MetricDefinition>(Old);

        Assert.False(definition.HasCovariate);
        Assert.Equal(Old, ConfigurationJson.Write(definition));
    }

    private async Task UseAsync(string metric)
    {
        await _world.ExecuteAsync(
            "UPDATE experiments SET version = version + 1, definition = jsonb_set(definition, '{PrimaryMetric}', to_jsonb($1::text))", metric);
        await _world.ExecuteAsync("UPDATE configuration SET version = version + 1");
        await DrainAsync();
    }

    private Task DrainAsync() => _world.Sums.DrainAsync(CancellationToken.None);

    /// <summary>The only sum there is, after it was found equal to its recompute.</summary>
    private async Task<MetricSum> ReadAsync(ExperimentState experiment, MetricDefinition metric, DateTimeOffset? cutoff = null)
    {
        await DrainAsync();
        var kept = await _world.Sums.ReadAsync(experiment, [metric], cutoff ?? World.Noon, CancellationToken.None);
        var again = await _world.Sums.RecomputeAsync(
            experiment, [metric], cutoff ?? World.Noon, kept.AsOfAggregation, DateTimeOffset.MaxValue, null, CancellationToken.None);
        var sum = Assert.Single(kept.Sums);
        Assert.Equal(sum, Assert.Single(again!.Sums));
        return sum;
    }
}
