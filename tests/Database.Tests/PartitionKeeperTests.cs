using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Events;

namespace Splitstream.Database.Tests;

public sealed class PartitionKeeperTests : IAsyncLifetime
{
    private World _world = null!;

    public async Task InitializeAsync() => _world = await World.CreateAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Partitions_are_made_from_yesterday_to_a_week_ahead_by_several_keepers_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            new PartitionKeeper(_world.Database, _world.Clock).KeepAsync(CancellationToken.None)));

        Assert.Equal(9, await _world.CountAsync("pg_inherits WHERE inhparent = 'events'::regclass"));
        Assert.Equal(9, await _world.CountAsync("pg_inherits WHERE inhparent = 'exposures'::regclass"));
        Assert.Equal(1, await _world.CountAsync("pg_class WHERE relname = 'events_20260309'"));
        Assert.Equal(1, await _world.CountAsync("pg_class WHERE relname = 'exposures_20260317'"));
    }

    [Fact]
    public async Task A_batch_of_a_day_without_partition_makes_it()
    {
        await _world.SendAsync(Batch.Of(World.Noon.AddDays(40), Batch.Event("1", "u", World.Noon.AddDays(40))));

        Assert.Equal(1, await _world.CountAsync("events_20260419"));
    }

    [Fact]
    public async Task A_partition_that_vanished_is_made_again_and_costs_no_dead_letter()
    {
        await _world.SendAsync(Batch.Of(World.Noon, Batch.Event("1", "u", World.Noon)));
        await _world.ExecuteAsync("DROP TABLE events_20260310");

        var receipt = await _world.SendAsync(Batch.Of(World.Noon, Batch.Event("2", "u", World.Noon)));

        Assert.Equal(1, receipt.Accepted);
        Assert.Equal(0, await _world.CountAsync("dead_letters"));
    }

    [Fact]
    public async Task Ids_are_remembered_for_thirty_days_of_receipt_and_then_purged()
    {
        await _world.SendAsync(Batch.Of(World.Noon, Batch.Event("1", "u", World.Noon)) with { BatchKey = "key" });

        _world.Clock.Now = World.Noon.AddDays(30);
        await _world.Partitions.KeepAsync(CancellationToken.None);
        var remembered = await _world.CountAsync("ingest_ids");
        _world.Clock.Now = World.Noon.AddDays(30).AddMinutes(6);
        await _world.Partitions.KeepAsync(CancellationToken.None);

        Assert.Equal(1, remembered);
        Assert.Equal(0, await _world.CountAsync("ingest_ids"));
        Assert.Equal(0, await _world.CountAsync("ingest_receipts"));
    }

    [Fact]
    public async Task Raw_rows_are_dropped_by_whole_days_and_a_recompute_then_says_so()
    {
        var metric = World.Metric("bought", MetricType.Conversion, "buy");
        await _world.AddMetricAsync(metric);
        var experiment = await _world.AddExperimentAsync("e", Grains.Interfaces.Experiments.AssignmentMode.External, metrics: "bought");
        await _world.ExposeAsync("e", "u", "a");
        await _world.TrackAsync("u", "buy");
        await _world.Sums.DrainAsync(CancellationToken.None);
        _world.Clock.Now = World.Noon.AddDays(60);
        var keeper = new PartitionKeeper(_world.Database, _world.Clock, rawRetentionDays: 31);

        await keeper.KeepAsync(CancellationToken.None);
        var whileLive = await _world.CountAsync("events");
        await _world.ExecuteAsync("UPDATE experiments SET status = 'archived'");
        await keeper.KeepAsync(CancellationToken.None);
        await _world.TrackAsync("u", "buy");
        await _world.Sums.DrainAsync(CancellationToken.None);

        var kept = await _world.Sums.ReadAsync(experiment, [metric], World.Noon, CancellationToken.None);
        var recomputed = await _world.Sums.RecomputeAsync(
            experiment, [metric], World.Noon, kept.AsOfAggregation, _world.Clock.Now, null, CancellationToken.None);
        Assert.Equal(1, whileLive);
        Assert.Equal(0, await _world.CountAsync("exposures"));
        Assert.Equal("1", Assert.Single(kept.Sums).Sum);
        Assert.Null(recomputed);
    }
}
