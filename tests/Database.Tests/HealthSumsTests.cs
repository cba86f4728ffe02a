using System.Collections.Immutable;
using System.Text.Json;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Metrics;

namespace Splitstream.Database.Tests;

/// <summary>What the health report is made of, from raw rows, kept and recomputed.</summary>
public sealed class HealthSumsTests : IAsyncLifetime
{
    private static readonly MetricDefinition Spend = World.Metric("spend", MetricType.Mean, "buy", "$.price", windowHours: 24);
    private World _world = null!;

    public async Task InitializeAsync()
    {
        _world = await World.CreateAsync();
        await _world.AddMetricAsync(Spend);
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Units_that_were_taken_out_are_valued_under_the_variant_of_their_row()
    {
        var overrides = ImmutableSortedDictionary<string, string>.Empty.Add("tester", "b");
        var experiment = await _world.AddExperimentAsync("e", overrides: overrides, metrics: "spend");
        foreach (var unit in new[] { "fine", "mismatched", "both", "tester" })
        {
            await _world.AssignAsync(experiment, unit, "a");
        }

        await _world.ExposeAsync("e", "fine", "a", World.Noon.AddHours(-40));
        await _world.ExposeAsync("e", "mismatched", "b", World.Noon.AddHours(-40));
        await _world.ExposeAsync("e", "both", "b", World.Noon.AddHours(-40));
        await _world.ExposeAsync("e", "both", "a", World.Noon.AddHours(-40));
        await _world.ExposeAsync("e", "tester", "b", World.Noon.AddHours(-40));
        await _world.ExposeAsync("e", "stranger", "b", World.Noon.AddHours(-40));
        foreach (var (unit, price) in new[] { ("fine", 1), ("mismatched", 2), ("both", 4), ("tester", 8), ("stranger", 16) })
        {
            await _world.TrackAsync(unit, "buy", $$"""{"price": {{price}}}""", World.Noon.AddHours(-30));
        }

        var (kept, inputs) = await ReadAsync(experiment);

        Assert.Equal("5", inputs.Sums.Single().Sum);
        var excluded = kept.Excluded.Single();
        Assert.Equal(("a", 2L, "10", "68"), (excluded.Variant, excluded.Units, excluded.Sum, excluded.SumSquares));
        Assert.Equal(2, excluded.Matured.Units);
    }

    [Fact]
    public async Task Imported_units_in_two_variants_are_valued_under_the_first()
    {
        var experiment = await _world.AddExperimentAsync("e", AssignmentMode.External, metrics: "spend");
        await _world.ExposeAsync("e", "twice", "b", World.Noon.AddHours(-3));
        await _world.ExposeAsync("e", "twice", "a", World.Noon.AddHours(-4));
        await _world.ExposeAsync("e", "once", "a", World.Noon.AddHours(-4));
        await _world.TrackAsync("twice", "buy", """{"price": 7}""");

        var (kept, inputs) = await ReadAsync(experiment);

        Assert.Equal(1, inputs.Units.Sum(unit => unit.Analysed));
        Assert.Equal(("b", 1L, "7"), (kept.Excluded.Single().Variant, kept.Excluded.Single().Units, kept.Excluded.Single().Sum));
    }

    [Fact]
    public async Task Cohorts_are_days_of_first_exposure_and_their_sums_hold_matured_units_only()
    {
        var experiment = await _world.AddExperimentAsync("e", openedAt: World.Noon.AddDays(-9), metrics: "spend");
        foreach (var (unit, days) in new[] { ("u1", 3.0), ("u2", 3.2), ("u3", 2.0), ("u4", 0.5) })
        {
            await _world.AssignAsync(experiment, unit, "a");
            await _world.ExposeAsync("e", unit, "a", World.Noon.AddDays(-days));
            await _world.TrackAsync(unit, "buy", """{"price": -3}""", World.Noon.AddDays(-days).AddHours(1));
        }

        await _world.TrackAsync("u3", "buy", """{"price": 2}""", World.Noon.AddDays(-2).AddHours(1));
        var (kept, _) = await ReadAsync(experiment);

        Assert.Equal(1, kept.CohortDays);
        Assert.Equal([(7, 2L), (8, 1L), (10, 1L)], kept.Cohorts.Select(cohort => (cohort.From.Day, cohort.Analysed)));
        Assert.Equal([(7, 2L, "-6", "18"), (8, 1L, "-1", "1")], kept.Primary.Select(cohort => (cohort.From.Day, cohort.Units, cohort.Sum, cohort.SumSquares)));
        Assert.Equal(new LargestValue("spend", "a", 1, "-3"), kept.Largest.Single());
    }

    [Fact]
    public async Task Cohorts_of_a_long_experiment_span_several_days()
    {
        var experiment = await _world.AddExperimentAsync("e", openedAt: World.Noon.AddDays(-200), metrics: "spend");
        _world.Clock.Now = World.Noon.AddDays(-150);
        for (var day = 0; day <= 150; day += 25)
        {
            await _world.AssignAsync(experiment, $"u{day}", "a");
            await _world.ExposeAsync("e", $"u{day}", "a");
            _world.Clock.Now = _world.Clock.Now.AddDays(25);
        }

        var (kept, _) = await ReadAsync(experiment);

        Assert.Equal(3, kept.CohortDays);
        Assert.Equal(7, kept.Cohorts.Length);
        Assert.All(kept.Cohorts, cohort => Assert.Equal(0, (cohort.From - kept.Cohorts[0].From).TotalDays % 3));
    }

    [Fact]
    public async Task Returning_units_are_those_with_any_event_in_the_look_back()
    {
        await _world.AddMetricAsync(Spend with { Key = "adjusted", HasCovariate = true });
        var experiment = await _world.AddExperimentAsync("e", openedAt: World.Noon.AddDays(-9), metrics: "adjusted");
        foreach (var unit in new[] { "new", "returning", "silent" })
        {
            await _world.AssignAsync(experiment, unit, "a");
            await _world.ExposeAsync("e", unit, "a", World.Noon.AddDays(-2));
        }

        await _world.TrackAsync("new", "buy", """{"price": 3}""", World.Noon.AddDays(-2).AddHours(1));
        await _world.TrackAsync("returning", "visit", null, World.Noon.AddDays(-4));
        await _world.TrackAsync("returning", "buy", """{"price": 5}""", World.Noon.AddDays(-2).AddHours(1));

        var (kept, _) = await ReadAsync(experiment, Spend with { Key = "adjusted", HasCovariate = true });

        Assert.Equal(
            [new HistorySum(false, "a", 1, 2, "3", "9"), new HistorySum(true, "a", 1, 1, "5", "25")], kept.Histories.ToArray());
    }

    [Fact]
    public async Task Signs_of_life_are_what_arrived_lately_for_this_experiment()
    {
        var experiment = await _world.AddExperimentAsync("e", openedAt: World.Noon.AddDays(-9), metrics: "spend") with { StartedAt = World.Noon.AddDays(-9) };
        await _world.AssignAsync(experiment, "u", "a");
        await _world.TrackAsync("somebody else", "buy", """{"price": 3}""");
        Assert.Equal((false, false), await LifeAsync(experiment));

        await _world.ExposeAsync("e", "u", "a", World.Noon.AddHours(-1));
        Assert.Equal((true, false), await LifeAsync(experiment));

        await _world.TrackAsync("u", "buy", """{"price": 3}""");
        Assert.Equal((true, true), await LifeAsync(experiment));

        Assert.Null((await _world.Sums.ReadAsync(experiment with { Status = Bucketing.ExperimentStatus.Closed }, [Spend], World.Noon, CancellationToken.None)).Health!.Activity);
        Assert.Equal((false, false), await LifeAsync(experiment, World.Noon.AddDays(2)));
    }

    [Fact]
    public async Task Segments_are_values_of_the_first_exposure_and_matured_sums_of_the_primary_metric()
    {
        var experiment = await AddSegmentedAsync("plan");
        await ExposeAsync("u1", 3, """{"plan": "pro"}""");
        await ExposeAsync("u1", 2, """{"plan": "free"}""");
        await ExposeAsync("u2", 2.5, """{"plan": 7}""");
        await ExposeAsync("u2", 3, """{"plan": "pro", "country": "se"}""");
        await ExposeAsync("u3", 3, """{"plan": null}""");
        await ExposeAsync("u4", 0.5, """{"plan": true}""");
        await _world.TrackAsync("u1", "buy", """{"price": 3}""", World.Noon.AddDays(-3).AddHours(1));
        await _world.TrackAsync("u2", "buy", """{"price": 5}""", World.Noon.AddDays(-3).AddHours(1));
        await _world.TrackAsync("u4", "buy", """{"price": 9}""", World.Noon.AddHours(-1));

        var (kept, _) = await ReadAsync(experiment);

        Assert.Equal(
            [
                new SegmentSum("plan", "pro", false, "a", 1, 2, 2, "8", "34"),
                new SegmentSum("plan", "true", false, "a", 1, 1, 0, "0", "0"),
                new SegmentSum("plan", null, false, "a", 1, 1, 1, "0", "0"),
            ],
            kept.Segments!.Value.ToArray());
    }

    [Fact]
    public async Task Values_after_the_twenty_that_most_units_have_are_one_segment()
    {
        var experiment = await AddSegmentedAsync("plan");
        for (var unit = 0; unit < 25; unit++)
        {
            await ExposeAsync($"u{unit}", 3, $$"""{"plan": "p{{(unit < 3 ? 0 : unit):00}}"}""");
        }

        var segments = (await ReadAsync(experiment)).Kept.Segments!.Value;

        Assert.Equal(21, segments.Length);
        Assert.Equal(("p00", 3L), (segments[0].Value, segments[0].Analysed));
        Assert.Equal(new SegmentSum("plan", null, true, "a", 1, 3, 3, "0", "0"), segments[^1]);
    }

    [Fact]
    public async Task What_sent_the_exposures_is_told_apart_wherever_they_say_it()
    {
        var experiment = await AddSegmentedAsync();
        await ExposeAsync("u1", 3, null);
        Assert.Null((await ReadAsync(experiment)).Kept.Segments);

        await ExposeAsync("u2", 3, null, "web/1.0");

        await _world.Sums.DrainAsync(CancellationToken.None);
        var kept = await _world.Sums.ReadAsync(experiment, [Spend], World.Noon, CancellationToken.None);
        Assert.Equal([("sdk", "web/1.0", 1L), ("sdk", null, 1L)], kept.Health!.Segments!.Value.Select(sum => (sum.Attribute, sum.Value, sum.Analysed)));
    }

    [Fact]
    public async Task The_same_id_with_other_attributes_is_other_content()
    {
        await AddSegmentedAsync("plan");
        Assert.Equal(1, (await ExposeAsync("u1", 3, """{"plan": "pro"}""", id: "x")).Accepted);

        Assert.Equal(1, (await ExposeAsync("u1", 3, """{"plan": "pro"}""", id: "x")).Duplicates);
        Assert.Equal(Grains.Interfaces.Errors.ErrorCode.IdReused, (await ExposeAsync("u1", 3, """{"plan": "free"}""", id: "x")).Rejected.Single().Code);
        Assert.Equal(Grains.Interfaces.Errors.ErrorCode.IdReused, (await ExposeAsync("u1", 3, null, id: "x")).Rejected.Single().Code);
    }

    [Fact]
    public async Task Bots_leave_the_analysis_whole_and_are_counted_once_by_variant()
    {
        var experiment = await _world.AddExperimentAsync("e", openedAt: World.Noon.AddDays(-9), metrics: "spend");
        Grains.Interfaces.Events.ExposureItem Exposure(string unit, bool isBot) =>
            new(0, null, unit, "e", "a", World.Noon.AddDays(-2), IsBot: isBot);
        foreach (var unit in new[] { "person", "bot", "found out" })
        {
            await _world.AssignAsync(experiment, unit, "a");
            await _world.TrackAsync(unit, "buy", """{"price": 3}""", World.Noon.AddDays(-1.5));
        }

        await _world.SendAsync(Batch.Of(World.Noon, Exposure("person", false)));
        await _world.SendAsync(Batch.Of(World.Noon, Exposure("bot", true)));
        await _world.SendAsync(Batch.Of(World.Noon, Exposure("found out", false)));
        Assert.Equal("6", (await ReadAsync(experiment)).Inputs.Sums.Single().Sum);

        await _world.SendAsync(Batch.Of(World.Noon, Exposure("found out", true)));

        var (kept, inputs) = await ReadAsync(experiment);
        Assert.Equal((1L, "3"), (inputs.Sums.Single().Units, inputs.Sums.Single().Sum));
        Assert.Equal([new ExclusionCount("bot", "a", 2)], inputs.Exclusions.ToArray());
        Assert.Equal((2L, "6"), (kept.Excluded.Single().Units, kept.Excluded.Single().Sum));
        var again = await _world.Sums.RecomputeAsync(
            experiment, [Spend], World.Noon, inputs.AsOfAggregation, World.Noon, null, CancellationToken.None);
        Assert.Equal(Oracle.Describe(inputs with { Units = [] }), Oracle.Describe(again! with { Units = [] }));
    }

    [Fact]
    public async Task An_export_has_every_unit_with_its_values_and_is_in_the_audit_first()
    {
        var ratio = World.Metric("per, visit", MetricType.Ratio, "buy", "$.price") with { Denominator = new("visit", null) };
        await _world.AddMetricAsync(ratio);
        var experiment = await _world.AddExperimentAsync("e", openedAt: World.Noon.AddDays(-9), metrics: ["spend", "per, visit"]);
        foreach (var unit in new[] { "u1", "u2", "u,\"3\"", "mismatched" })
        {
            await _world.AssignAsync(experiment, unit, "a");
            await _world.ExposeAsync("e", unit, unit == "mismatched" ? "b" : "a", World.Noon.AddHours(-1));
        }

        await _world.TrackAsync("u1", "buy", """{"price": 1.50}""", World.Noon.AddMinutes(-1));
        await _world.TrackAsync("u1", "visit", null, World.Noon.AddMinutes(-1));
        await _world.TrackAsync("u2", "buy", """{"price": null}""", World.Noon.AddMinutes(-1));
        await _world.Sums.DrainAsync(CancellationToken.None);
        var export = new UnitExport(_world.Database);
        using var written = new MemoryStream();
        long entries = 0;

        var found = await export.WriteAsync(
            "e",
            new Actor("analyst"),
            World.Noon,
            () =>
            {
                entries = _world.CountAsync("audit WHERE chain = 'experiment:e' AND action = 'units.exported' AND actor = 'analyst'").GetAwaiter().GetResult();
                return written;
            },
            CancellationToken.None);

        Assert.True(found);
        Assert.Equal(1, entries);
        var lines = System.Text.Encoding.UTF8.GetString(written.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("""unitId,variant,epoch,firstExposure,excluded,"per, visit","per, visit:denominator",spend""", lines[0]);
        Assert.Equal(
            [
                "\"u,\"\"3\"\"\",a,1,2026-03-10T11:00:00.000000Z,,0,0,0",
                "mismatched,a,,,variant_mismatch,,,",
                "u1,a,1,2026-03-10T11:00:00.000000Z,,1.5,1,1.5",
                "u2,a,1,2026-03-10T11:00:00.000000Z,,,,",
            ],
            lines.Skip(1).Order(StringComparer.Ordinal));
        Assert.False(await export.WriteAsync("none", new Actor("analyst"), World.Noon, () => throw new InvalidOperationException(), CancellationToken.None));
    }

    [Fact]
    public async Task Segments_are_stored_and_definitions_from_before_there_were_any_have_none()
    {
        var definition = (await AddSegmentedAsync("plan", "country")).Definition;

        var stored = Storage.Database.ConfigurationJson.Write(definition);
        var older = System.Text.Json.Nodes.JsonNode.Parse(stored)!.AsObject();
        Assert.True(older.Remove("Segments"));

        Assert.Equal(["plan", "country"], Storage.Database.ConfigurationJson.Read<ExperimentDefinition>(stored).Segments.ToArray());
        Assert.Empty(Storage.Database.ConfigurationJson.Read<ExperimentDefinition>(older.ToJsonString()).Segments);
    }

    private async Task<ExperimentState> AddSegmentedAsync(params string[] segments)
    {
        var experiment = await _world.AddExperimentAsync("e", AssignmentMode.Server, openedAt: World.Noon.AddDays(-9), metrics: "spend");
        return experiment with { Definition = experiment.Definition with { Segments = [.. segments] } };
    }

    private async Task<Grains.Interfaces.Events.IngestReceipt> ExposeAsync(string unit, double days, string? attributes, string? sdk = null, string? id = null)
    {
        await _world.ExecuteAsync(
            "INSERT INTO assignments SELECT experiment_id, $1, 'a', 1, $2 FROM experiments WHERE key = 'e' ON CONFLICT DO NOTHING", unit, World.Noon.AddDays(-9));
        return await _world.SendAsync(Batch.Of(
            World.Noon, new Grains.Interfaces.Events.ExposureItem(0, id, unit, "e", "a", World.Noon.AddDays(-days), attributes, sdk)));
    }

    private async Task<(bool, bool?)> LifeAsync(ExperimentState experiment, DateTimeOffset? cutoff = null)
    {
        await _world.Sums.DrainAsync(CancellationToken.None);
        var life = (await _world.Sums.ReadAsync(experiment, [Spend], cutoff ?? World.Noon, CancellationToken.None)).Health!.Activity!;
        return (life.HasExposures, life.HasEvents);
    }

    private async Task<(HealthInputs Kept, AnalysisInputs Inputs)> ReadAsync(ExperimentState experiment, MetricDefinition? metric = null)
    {
        await _world.Sums.DrainAsync(CancellationToken.None);
        var kept = await _world.Sums.ReadAsync(experiment, [metric ?? Spend], World.Noon, CancellationToken.None);
        var again = await _world.Sums.RecomputeAsync(
            experiment, [metric ?? Spend], World.Noon, kept.AsOfAggregation, World.Noon, null, CancellationToken.None);
        Assert.Equal(
            JsonSerializer.Serialize(kept.Health! with { Activity = null }), JsonSerializer.Serialize(again!.Health! with { Activity = null }));
        return (kept.Health!, kept);
    }
}
