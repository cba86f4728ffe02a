using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Splitstream.Grains.Interfaces.Events;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Metrics;

namespace Splitstream.Database.Tests;

/// <summary>What the health report reads from the raw rows of a sample, over the kept state and over a recompute.</summary>
public sealed class HealthSampleTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Exposed = World.Noon.AddDays(-6);
    private static readonly MetricDefinition Spend = World.Metric("spend", MetricType.Mean, "buy", "$.price", windowHours: 75);
    private World _world = null!;

    public async Task InitializeAsync() => _world = await World.CreateAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task What_units_do_is_told_apart_by_whole_days_of_the_window_since_first_exposure()
    {
        var experiment = await AddAsync(Spend);
        await ExposeAsync(experiment, "a", "u1", "u2");
        await ExposeAsync(experiment, "b", "v1", "v2");
        foreach (var (unit, hours, price) in new[]
        {
            ("u1", 0.0, "1"), ("u1", 23.9, "0.5"), ("u1", 24, "2"), ("u2", 60, "1"), ("v1", 1, "6"), ("v1", 25, "4"), ("v1", 49, "2"),
            ("v2", 2, "8"), ("v2", 71.9, "1"), ("v2", 72.1, "100"),
        })
        {
            await BuyAsync(unit, hours, price);
        }

        var sample = await ReadAsync(experiment, Spend);

        Assert.Equal(4, sample.Units);
        Assert.Equal(3, sample.Days!.Days);
        Assert.Equal(
            [
                new DaySum(0, "a", 1, 2, "1.5", "2.25"), new DaySum(0, "b", 1, 2, "14", "100"),
                new DaySum(1, "a", 1, 2, "2", "4"), new DaySum(1, "b", 1, 2, "4", "16"),
                new DaySum(2, "a", 1, 2, "1", "1"), new DaySum(2, "b", 1, 2, "3", "5"),
            ],
            sample.Days.Sums.ToArray());

        // Weights -2, 0 and 2: -3 and 2; -8 and -14.
        Assert.Equal([new SlopeSum("a", 1, 2, "-1", "13"), new SlopeSum("b", 1, 2, "-22", "260")], sample.Days.Slopes.ToArray());
    }

    [Fact]
    public async Task Days_count_when_they_are_over_at_the_cutoff_and_before_the_unit_ends()
    {
        var experiment = await AddAsync(Spend);
        await _world.AssignAsync(experiment, "late", "a");
        await _world.ExposeAsync("e", "late", "a", World.Noon.AddHours(-30));
        await ExposeAsync(experiment, "a", "cut");
        await _world.InterruptAsync(experiment.Id, Exposed.AddHours(50), null);
        foreach (var (unit, at) in new[]
        {
            ("late", World.Noon.AddHours(-30.1)), ("late", World.Noon.AddHours(-29)), ("late", World.Noon.AddHours(-1)),
            ("cut", Exposed.AddHours(-1)), ("cut", Exposed.AddHours(30)), ("cut", Exposed.AddHours(49)), ("cut", Exposed.AddHours(51)),
        })
        {
            await _world.TrackAsync(unit, "buy", """{"price": 3}""", at);
        }

        var sample = await ReadAsync(experiment, Spend);

        // The first was exposed after the pause and is not cut off. A day is over when it is for the last that its hour could have exposed.
        Assert.Equal(2, sample.Units);
        Assert.Equal([new DaySum(0, "a", 1, 2, "3", "9"), new DaySum(1, "a", 1, 1, "3", "9")], sample.Days!.Sums.ToArray());
        Assert.Empty(sample.Days.Slopes);
        Assert.Equal(2, (await ReadAsync(experiment, Spend, World.Noon.AddHours(-5))).Days!.Sums.Single(day => day.Day == 0).Units);
        Assert.Equal(1, (await ReadAsync(experiment, Spend, World.Noon.AddHours(-5.1))).Days!.Sums.Single(day => day.Day == 0).Units);
    }

    [Fact]
    public async Task A_day_has_the_values_of_the_metric_without_its_cap()
    {
        var capped = Spend with { Key = "capped", Cap = new MetricBound(5, false) };
        var paid = Spend with { Key = "paid", Type = MetricType.Conversion };
        var items = Spend with { Key = "items", Type = MetricType.Count, PropertyPath = null };
        var experiments = new Dictionary<MetricDefinition, ExperimentState>();
        foreach (var metric in new[] { capped, paid, items })
        {
            experiments[metric] = await AddAsync(metric, metric.Key);
            await ExposeAsync(experiments[metric], "a", "u1", "u2");
        }

        foreach (var (unit, hours, price) in new[]
        {
            ("u1", 1.0, "4"), ("u1", 2, "5"), ("u1", 26, "0"), ("u1", 27, "\"x\""), ("u2", 1, "1"), ("u2", 25, "null"),
        })
        {
            await BuyAsync(unit, hours, price);
        }

        async Task<(int, long, string)[]> Days(MetricDefinition metric) =>
            [.. (await ReadAsync(experiments[metric], metric)).Days!.Sums.Select(day => (day.Day, day.Units, day.Sum))];

        Assert.Equal([(0, 2, "10"), (1, 1, "0"), (2, 2, "0")], await Days(capped));
        Assert.Equal([(0, 2, "2"), (1, 1, "1"), (2, 2, "0")], await Days(paid));
        Assert.Equal([(0, 2, "3"), (1, 2, "3"), (2, 2, "0")], await Days(items));

        // The unit that is missing on a day has no slope.
        Assert.Equal(1, (await ReadAsync(experiments[capped], capped)).Days!.Slopes.Single().Units);
        Assert.Equal(2, (await ReadAsync(experiments[items], items)).Days!.Slopes.Single().Units);
    }

    [Theory]
    [InlineData(MetricType.Conversion, 48.0, 2)]
    [InlineData(MetricType.Conversion, 47.9, null)]
    [InlineData(MetricType.Count, 1000.0, 14)]
    [InlineData(MetricType.Mean, null, 14)]
    [InlineData(MetricType.Retention, null, null)]
    public async Task Days_are_of_windows_of_two_or_more_whatever_is_told_of_returning_units(MetricType type, double? window, int? days)
    {
        var metric = World.Metric("m", type, "buy", type == MetricType.Mean ? "$.price" : null, window);
        metric = type == MetricType.Retention ? metric with { StartHours = 24, EndHours = 72 } : metric;
        var experiment = await AddAsync(metric);

        var sample = await ReadAsync(experiment, metric);

        Assert.Equal(days, sample.Days?.Days);
        Assert.NotNull(sample.Histories);
    }

    [Fact]
    public async Task Nothing_is_read_for_ratios_quantiles_external_experiments_and_metrics_that_ask_for_nothing()
    {
        foreach (var metric in new[]
        {
            World.Metric("ratio", MetricType.Ratio, "buy", windowHours: 72) with { Denominator = new("visit", null) },
            World.Metric("median", MetricType.Quantile, "buy", "$.price", 72) with { Quantile = 0.5 },
            World.Metric("short", MetricType.Conversion, "buy", windowHours: 24) with { LookbackDays = 0 },
        })
        {
            Assert.Null((await ReadHealthAsync(await AddAsync(metric, metric.Key), [metric])).Sample);
        }

        await _world.AddMetricAsync(Spend);
        var external = await _world.AddExperimentAsync("ext", AssignmentMode.External, metrics: "spend");
        Assert.Null((await ReadHealthAsync(external, [Spend])).Sample);
    }

    [Fact]
    public async Task Returning_units_did_anything_in_the_look_back_as_with_a_covariate()
    {
        var adjusted = Spend with { Key = "adjusted", HasCovariate = true };
        await _world.AddMetricAsync(adjusted);
        var plain = await AddAsync(Spend);
        var other = await _world.AddExperimentAsync("other", openedAt: World.Noon.AddDays(-30), metrics: "adjusted");
        foreach (var (unit, hours) in new[]
        {
            ("new", 1.0), ("before", -1), ("first", -14 * 24), ("long ago", -14 * 24 - 0.01), ("assigned", -0.5),
        })
        {
            foreach (var experiment in new[] { plain, other })
            {
                _world.Clock.Now = unit == "assigned" ? Exposed.AddHours(-1) : Exposed.AddHours(1);
                await _world.AssignAsync(experiment, unit, "a");
                _world.Clock.Now = World.Noon;
                await _world.ExposeAsync(experiment.Definition.Key, unit, "a", Exposed);
            }

            await _world.TrackAsync(unit, "visit", null, Exposed.AddHours(hours));
            await BuyAsync(unit, 2, "3");
        }

        await BuyAsync("before", 3, "4");
        var sample = await ReadAsync(plain, Spend);

        Assert.Equal(
            [new HistorySum(false, "a", 1, 3, "9", "27"), new HistorySum(true, "a", 1, 2, "10", "58")], sample.Histories!.Value.ToArray());
        var kept = await ReadHealthAsync(other, [adjusted]);
        Assert.Equal(kept.Histories.ToArray(), sample.Histories.Value.ToArray());
        Assert.NotNull(kept.Sample!.Days);
        Assert.Null(kept.Sample.Histories);
    }

    [Fact]
    public async Task Units_that_are_not_mature_are_neither_new_nor_returning()
    {
        var experiment = await AddAsync(Spend);
        await ExposeAsync(experiment, "a", "mature", "missing");
        await _world.AssignAsync(experiment, "young", "a");
        await _world.ExposeAsync("e", "young", "a", World.Noon.AddHours(-75));
        await BuyAsync("missing", 3, "null");

        var sample = await ReadAsync(experiment, Spend);

        Assert.Equal([new HistorySum(false, "a", 1, 1, "0", "0")], sample.Histories!.Value.ToArray());
        Assert.Equal(3, sample.Units);
    }

    [Fact]
    public async Task What_arrived_after_a_look_is_in_no_recompute_of_it()
    {
        var experiment = await AddAsync(Spend);
        await ExposeAsync(experiment, "a", "u1", "u2");
        await BuyAsync("u1", 1, "3");
        await _world.Sums.DrainAsync(CancellationToken.None);
        var before = await _world.Sums.ReadAsync(experiment, [Spend], World.Noon, CancellationToken.None);

        await BuyAsync("u1", 2, "4");
        await BuyAsync("u2", -3, "5");
        var after = await ReadAsync(experiment, Spend);

        var again = await _world.Sums.RecomputeAsync(
            experiment, [Spend], World.Noon, before.AsOfAggregation, World.Noon, null, CancellationToken.None);
        Assert.Equal(JsonSerializer.Serialize(before.Health!.Sample), JsonSerializer.Serialize(again!.Health!.Sample));
        Assert.Equal(("3", "7"), (before.Health.Sample!.Days!.Sums[0].Sum, after.Days!.Sums[0].Sum));
        Assert.Equal((1, 2), (before.Health.Sample.Histories!.Value.Length, after.Histories!.Value.Length));
    }

    [Fact]
    public async Task Parts_whose_raw_rows_are_gone_are_left_out()
    {
        var experiment = await AddAsync(Spend);
        await ExposeAsync(experiment, "a", "u");

        async Task<(bool, bool)> Parts(DateTimeOffset droppedBefore)
        {
            await _world.ExecuteAsync("UPDATE raw_retention SET dropped_before = $1", droppedBefore.UtcDateTime);
            var sample = (await _world.Sums.ReadAsync(experiment, [Spend], World.Noon, CancellationToken.None)).Health!.Sample!;
            return (sample.Days is not null, sample.Histories is not null);
        }

        await _world.Sums.DrainAsync(CancellationToken.None);
        Assert.Equal((true, true), await Parts(Exposed.AddDays(-15)));
        Assert.Equal((true, false), await Parts(Exposed.AddDays(-15).AddMinutes(1)));
        Assert.Equal((true, false), await Parts(Exposed.AddDays(-1)));
        Assert.Equal((false, false), await Parts(Exposed.AddDays(-1).AddMinutes(1)));
    }

    /// <summary>The units with the lowest MD5 of their ids, which is computed here a second way.</summary>
    [Fact]
    public async Task No_more_than_fifty_thousand_units_are_read_and_always_the_same()
    {
        const int More = 200;
        var experiment = await AddAsync(Spend);
        var units = Enumerable.Range(0, HealthSums.SampleUnits + More).Select(i => $"u{i}").ToArray();
        await _world.ExecuteAsync("INSERT INTO assignments SELECT $1, unnest($2::text[]), 'a', 1, $3", experiment.Id, units, Exposed);
        foreach (var some in units.Chunk(1_000))
        {
            await _world.SendAsync(Batch.Of(World.Noon, [.. some.Select((unit, i) => new ExposureItem(i, null, unit, "e", "a", Exposed))]));
        }

        var left = units.OrderByDescending(Md5, StringComparer.Ordinal).Take(More).ToArray();
        await BuyAsync(left[^1], 1, "1");
        await BuyAsync(units.OrderByDescending(Md5, StringComparer.Ordinal).ElementAt(More), 1, "10");

        var sample = await ReadAsync(experiment, Spend);

        Assert.Equal(HealthSums.SampleUnits, sample.Units);
        Assert.Equal(new DaySum(0, "a", 1, HealthSums.SampleUnits, "10", "100"), sample.Days!.Sums[0]);
        Assert.Equal(new HistorySum(false, "a", 1, HealthSums.SampleUnits, "10", "100"), sample.Histories!.Value.Single());

        static string Md5(string unit) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(unit)));
    }

    private async Task<ExperimentState> AddAsync(MetricDefinition metric, string key = "e")
    {
        await _world.AddMetricAsync(metric);
        return await _world.AddExperimentAsync(key, openedAt: World.Noon.AddDays(-30), metrics: metric.Key);
    }

    private async Task ExposeAsync(ExperimentState experiment, string variant, params string[] units)
    {
        foreach (var unit in units)
        {
            await _world.AssignAsync(experiment, unit, variant);
            await _world.ExposeAsync(experiment.Definition.Key, unit, variant, Exposed);
        }
    }

    private Task BuyAsync(string unit, double hours, string price) =>
        _world.TrackAsync(unit, "buy", $$"""{"price": {{price}}}""", Exposed.AddHours(hours));

    private async Task<SampledHealth> ReadAsync(ExperimentState experiment, MetricDefinition metric, DateTimeOffset? cutoff = null) =>
        (await ReadHealthAsync(experiment, [metric], cutoff)).Sample!;

    /// <summary>The kept state, which a recompute must equal.</summary>
    private async Task<HealthInputs> ReadHealthAsync(ExperimentState experiment, MetricDefinition[] metrics, DateTimeOffset? cutoff = null)
    {
        await _world.Sums.DrainAsync(CancellationToken.None);
        var kept = await _world.Sums.ReadAsync(experiment, metrics, cutoff ?? World.Noon, CancellationToken.None);
        var again = await _world.Sums.RecomputeAsync(
            experiment, metrics, cutoff ?? World.Noon, kept.AsOfAggregation, World.Noon, null, CancellationToken.None);
        Assert.Equal(
            JsonSerializer.Serialize(kept.Health! with { Activity = null }), JsonSerializer.Serialize(again!.Health! with { Activity = null }));
        return kept.Health!;
    }
}
