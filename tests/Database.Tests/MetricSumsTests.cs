using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Metrics;

namespace Splitstream.Database.Tests;

public sealed class MetricSumsTests : IAsyncLifetime
{
    private static readonly MetricDefinition Revenue = World.Metric("revenue", MetricType.Mean, "buy", "$.price", windowHours: 24);
    private World _world = null!;
    private ExperimentState _experiment = null!;

    public async Task InitializeAsync()
    {
        _world = await World.CreateAsync();
        await _world.AddMetricAsync(Revenue);
        _experiment = await _world.AddExperimentAsync("e", metrics: "revenue");
        await _world.AssignAsync(_experiment, "u", "a");
        await _world.ExposeAsync("e", "u", "a");
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Exact_sums_are_canonical_text()
    {
        await _world.TrackAsync("u", "buy", """{"price": 0.1}""");
        await _world.TrackAsync("u", "buy", """{"price": 0.20}""");

        var sum = Assert.Single((await ReadAsync(World.Noon)).Sums);

        Assert.Equal(("0.3", "0.09", 1, 0), (sum.Sum, sum.SumSquares, sum.Units, sum.Missing));
    }

    [Theory]
    [InlineData(24, 59, 0)]
    [InlineData(25, 0, 1)]
    public async Task A_unit_matures_with_its_whole_hour(int hours, int minutes, long matured)
    {
        var sum = Assert.Single((await ReadAsync(World.Noon.AddHours(hours).AddMinutes(minutes))).Sums);

        Assert.Equal((1, matured), (sum.Units, sum.Matured.Units));
    }

    [Fact]
    public async Task A_unit_whose_window_a_stop_cut_off_never_matures_and_keeps_its_outcomes_up_to_then()
    {
        await _world.TrackAsync("u", "buy", """{"price": 5}""", World.Noon.AddMinutes(1));
        await _world.TrackAsync("u", "buy", """{"price": 7}""", World.Noon.AddMinutes(3));
        await _world.InterruptAsync(_experiment.Id, World.Noon.AddMinutes(2), null);

        var sum = Assert.Single((await ReadAsync(World.Noon.AddDays(100))).Sums);

        Assert.Equal(("5", 0), (sum.Sum, sum.Matured.Units));
    }

    [Fact]
    public async Task An_explicit_null_takes_the_unit_out_of_the_metric_and_is_counted()
    {
        await _world.TrackAsync("u", "buy", """{"price": 5}""");
        await _world.TrackAsync("u", "buy", """{"price": null}""");

        var sum = Assert.Single((await ReadAsync(World.Noon)).Sums);

        Assert.Equal((0, 1, "0"), (sum.Units, sum.Missing, sum.Sum));
    }

    [Fact]
    public async Task A_changed_raw_row_shows_in_the_recompute_of_that_metric_only()
    {
        var visits = World.Metric("visits", MetricType.Count, "visit");
        await _world.AddMetricAsync(visits);
        await _world.ExecuteAsync(
            "UPDATE experiments SET definition = jsonb_set(definition, '{SecondaryMetrics}', '[\"visits\"]'), version = version + 1");
        await _world.ExecuteAsync("UPDATE configuration SET version = version + 1");
        await _world.TrackAsync("u", "buy", """{"price": 5}""");
        await _world.TrackAsync("u", "visit");
        var kept = await ReadAsync(World.Noon, Revenue, visits);

        await _world.ExecuteAsync("""UPDATE events SET properties = '{"price": 6}' WHERE name = 'buy'""");
        var recomputed = await _world.Sums.RecomputeAsync(
            _experiment, [Revenue, visits], World.Noon, kept.AsOfAggregation, _world.Clock.Now, null, CancellationToken.None);

        Assert.NotEqual(kept.Sums[0], recomputed!.Sums[0]);
        Assert.Equal(kept.Sums[1], recomputed.Sums[1]);
    }

    [Fact]
    public async Task A_recompute_as_of_an_earlier_aggregation_ignores_what_came_later()
    {
        await _world.TrackAsync("u", "buy", """{"price": 5}""");
        var before = await ReadAsync(World.Noon);
        await _world.TrackAsync("u", "buy", """{"price": 50}""");
        await _world.AssignAsync(_experiment, "v", "b");
        _world.Clock.Now = World.Noon.AddHours(1);
        await _world.ExposeAsync("e", "v", "b");
        await _world.Sums.DrainAsync(CancellationToken.None);
        await _world.RebucketAsync(_experiment.Id, "u", "b", 1);
        await _world.ExposeAsync("e", "u", "b");
        await _world.InterruptAsync(_experiment.Id, World.Noon.AddSeconds(1), null);
        await _world.Sums.DrainAsync(CancellationToken.None);
        await _world.TrackAsync("v", "buy", """{"price": 500}""");

        var recomputed = await _world.Sums.RecomputeAsync(
            _experiment, [Revenue], World.Noon, before.AsOfAggregation, World.Noon, null, CancellationToken.None);

        Assert.Equal(before.Sums.AsEnumerable(), recomputed!.Sums);
        Assert.Equal(before.Exclusions.AsEnumerable(), recomputed.Exclusions);
        Assert.Equal(
            before.Units.Select(count => (count.Variant, count.Epoch, count.Analysed)).Where(count => count.Analysed > 0),
            recomputed.Units.Select(count => (count.Variant, count.Epoch, count.Analysed)).Where(count => count.Analysed > 0));
    }

    [Fact]
    public async Task Aggregators_of_several_processes_count_each_batch_once_while_clients_write()
    {
        var aggregators = Enumerable.Range(0, 4).Select(_ => new Aggregator(_world.Database, _world.Clock)).ToList();
        var writing = Parallel.ForEachAsync(Enumerable.Range(0, 4), async (client, _) =>
        {
            for (var i = 0; i < 25; i++)
            {
                await _world.TrackAsync("u", "buy", """{"price": 1.01}""", id: $"{client}-{i}");
            }
        });
        var aggregating = Task.WhenAll(aggregators.Select(async aggregator =>
        {
            do
            {
                await aggregator.AggregateAsync(CancellationToken.None);
            }
            while (!writing.IsCompleted);
        }));
        await writing;
        await aggregating;

        var inputs = await ReadAsync(World.Noon);

        Assert.Equal("101", Assert.Single(inputs.Sums).Sum);
        Assert.Equal(inputs.AsOfAggregation, await _world.CountAsync("aggregations"));
        Assert.Equal(101, await _world.CountAsync("events JOIN batch_log USING (batch_id)") + 1);
        foreach (var aggregator in aggregators)
        {
            await aggregator.DisposeAsync();
        }
    }

    [Fact]
    public async Task Late_items_are_counted_once_where_they_bear_on_an_analysed_unit()
    {
        _world.Clock.Now = World.Noon.AddDays(9);
        await _world.TrackAsync("u", "buy", """{"price": 5}""", World.Noon.AddHours(2));
        await _world.TrackAsync("u", "buy", """{"price": 5}""", World.Noon.AddHours(30));
        await _world.TrackAsync("u", "other", null, World.Noon.AddHours(2));
        await _world.TrackAsync("stranger", "buy", null, World.Noon.AddHours(2));

        var inputs = await ReadAsync(World.Noon);

        Assert.Equal(1, inputs.LateEventCount);
        Assert.Equal("5", Assert.Single(inputs.Sums).Sum);
    }

    private async Task<AnalysisInputs> ReadAsync(DateTimeOffset cutoff, params MetricDefinition[] metrics)
    {
        await _world.Sums.DrainAsync(CancellationToken.None);
        return await _world.Sums.ReadAsync(
            _experiment, metrics.Length > 0 ? metrics : [Revenue], cutoff, CancellationToken.None);
    }
}
