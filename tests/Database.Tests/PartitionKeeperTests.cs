using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Events;

namespace Splitstream.Database.Tests;

public sealed class PartitionKeeperTests : IAsyncLifetime
{
    private World world = null!;

    public async Task InitializeAsync() => world = await World.CreateAsync();

    public async Task DisposeAsync() => await world.DisposeAsync();

    [Fact]
    public async Task Partitions_are_made_from_yesterday_to_a_week_ahead_by_several_keepers_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            new PartitionKeeper(world.Database, world.Clock).KeepAsync(CancellationToken.None)));

        Assert.Equal(9, await world.CountAsync("pg_inherits WHERE inhparent = 'events'::regclass"));
        Assert.Equal(9, await world.CountAsync("pg_inherits WHERE inhparent = 'exposures'::regclass"));
        Assert.Equal(1, await world.CountAsync("pg_class WHERE relname = 'events_20260309'"));
        Assert.Equal(1, await world.CountAsync("pg_class WHERE relname = 'exposures_20260317'"));
    }

    [Fact]
    public async Task A_batch_of_a_day_without_partition_makes_it()
    {
        await world.SendAsync(Batch.Of(World.Noon.AddDays(40), Batch.Event("1", "u", World.Noon.AddDays(40))));

        Assert.Equal(1, await world.CountAsync("events_20260419"));
    }

    [Fact]
    public async Task A_partition_that_vanished_is_made_again_and_costs_no_dead_letter()
    {
        await world.SendAsync(Batch.Of(World.Noon, Batch.Event("1", "u", World.Noon)));
        await world.ExecuteAsync("DROP TABLE events_20260310");

        var receipt = await world.SendAsync(Batch.Of(World.Noon, Batch.Event("2", "u", World.Noon)));

        Assert.Equal(1, receipt.Accepted);
        Assert.Equal(0, await world.CountAsync("dead_letters"));
    }

    [Fact]
    public async Task Ids_are_remembered_for_thirty_days_of_receipt_and_then_purged()
    {
        await world.SendAsync(Batch.Of(World.Noon, Batch.Event("1", "u", World.Noon)) with { BatchKey = "key" });

        world.Clock.Now = World.Noon.AddDays(30);
        await world.Partitions.KeepAsync(CancellationToken.None);
        var remembered = await world.CountAsync("ingest_ids");
        world.Clock.Now = World.Noon.AddDays(30).AddMinutes(6);
        await world.Partitions.KeepAsync(CancellationToken.None);

        Assert.Equal(1, remembered);
        Assert.Equal(0, await world.CountAsync("ingest_ids"));
        Assert.Equal(0, await world.CountAsync("ingest_receipts"));
    }

    [Fact]
    public async Task Raw_rows_are_dropped_by_whole_days_and_a_recompute_then_says_so()
    {
        var metric = World.Metric("bought", MetricType.Conversion, "buy");
        await world.AddMetricAsync(metric);
        var experiment = await world.AddExperimentAsync("e", Grains.Interfaces.Experiments.AssignmentMode.External, metrics: "bought");
        await world.ExposeAsync("e", "u", "a");
        await world.TrackAsync("u", "buy");
        await world.Sums.DrainAsync(CancellationToken.None);
        world.Clock.Now = World.Noon.AddDays(60);
        var keeper = new PartitionKeeper(world.Database, world.Clock, rawRetentionDays: 31);

        await keeper.KeepAsync(CancellationToken.None);
        var whileLive = await world.CountAsync("events");
        await world.ExecuteAsync("UPDATE experiments SET status = 'archived'");
        await keeper.KeepAsync(CancellationToken.None);
        await world.TrackAsync("u", "buy");
        await world.Sums.DrainAsync(CancellationToken.None);

        var kept = await world.Sums.ReadAsync(experiment, [metric], World.Noon, CancellationToken.None);
        var recomputed = await world.Sums.RecomputeAsync(
            experiment, [metric], World.Noon, kept.AsOfAggregation, world.Clock.Now, CancellationToken.None);
        Assert.Equal(1, whileLive);
        Assert.Equal(0, await world.CountAsync("exposures"));
        Assert.Equal("1", Assert.Single(kept.Sums).Sum);
        Assert.Null(recomputed);
    }
}
