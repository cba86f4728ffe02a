using Npgsql;
using Splitstream.Grains.Interfaces.Events;
using Splitstream.Storage.Database;
using Splitstream.Storage.Events;
using Splitstream.Storage.Metrics;
using Splitstream.Testing;

namespace Splitstream.Database.Tests;

/// <summary>Counts of the whole process, so nothing else may run beside these tests.</summary>
[CollectionDefinition(nameof(TelemetryTests), DisableParallelization = true)]
[Collection(nameof(TelemetryTests))]
public sealed class TelemetryTests : IAsyncLifetime
{
    private const string Items = "splitstream.ingest.items";
    private static readonly string[] Outcomes = ["counted", "duplicate", "quarantined", "rejected", "dead_lettered"];

    private readonly Measurements _measured = new();
    private World _world = null!;

    public async Task InitializeAsync() => _world = await World.CreateAsync();

    public async Task DisposeAsync()
    {
        _measured.Dispose();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task Items_are_measured_by_what_the_ledger_says_became_of_them()
    {
        double[] events = Read("event"), exposures = Read("exposure");
        var experiment = await _world.AddExperimentAsync("e");
        await _world.AssignAsync(experiment, "u1", "a");

        await _world.ExposeAsync("e", "u1", "a");
        await _world.ExposeAsync("e", "u1", "b");
        await _world.SendAsync(Batch.Of(
            World.Noon, Event("1"), Event("1"), Event("2"), Event("1") with { UnitId = "other" }, Event("3") with { PropertiesJson = """{"a": "\u0000"}""" }));
        await _world.SendAsync(Batch.Of(World.Noon, Event("2")));

        Assert.Equal([2, 2, 0, 1, 1], Read("event").Zip(events, (after, before) => after - before));
        Assert.Equal([1, 0, 1, 0, 0], Read("exposure").Zip(exposures, (after, before) => after - before));
    }

    [Fact]
    public async Task A_repeat_of_a_committed_batch_is_measured_once()
    {
        await _world.Partitions.KeepAsync(CancellationToken.None);
        await using var writer = new IngestWriter(_world.Database, _world.Partitions, new ExposureRouter());
        PendingBatch[] group = [new PendingBatch(Batch.Of(World.Noon, Event("1"), Event("2")))];
        var number = await writer.NextBatchIdAsync();
        var before = Read("event");

        Assert.True(await writer.WriteAsync(group, number, false, new IngestReceipt[1]));
        Assert.False(await writer.WriteAsync(group, number, false, new IngestReceipt[1]));

        Assert.Equal([2, 0, 0, 0, 0], Read("event").Zip(before, (after, earlier) => after - earlier));
    }

    [Fact]
    public async Task Items_that_wait_for_their_commit_are_measured()
    {
        await using var connection = await _world.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({AdvisoryLocks.Ingest})", connection);
        await hold.ExecuteNonQueryAsync();
        var sending = _world.SendAsync(Batch.Of(World.Noon, Event("1"), Event("2"), Event("3")));

        var during = _measured.Read("splitstream.ingest.waiting_items");
        await transaction.RollbackAsync();
        await sending;

        Assert.Equal(3, during);
        await Until.TrueAsync(() => _measured.Read("splitstream.ingest.waiting_items") == 0);
    }

    [Fact]
    public async Task The_age_of_the_sums_is_unknown_until_an_aggregation_succeeds_and_grows_until_the_next()
    {
        var time = new ManualTime();
        await using var aggregator = new Aggregator(_world.Database, time);
        await _world.TrackAsync("u1", "purchase");
        time.Advance(TimeSpan.FromSeconds(40));

        var before = _measured.IsThere("splitstream.aggregation.age_seconds");
        await aggregator.AggregateAsync(CancellationToken.None);
        var after = Age();
        time.Advance(TimeSpan.FromSeconds(2));
        await _world.ExecuteAsync("ALTER TABLE aggregator_turn RENAME TO gone");
        await Assert.ThrowsAnyAsync<Exception>(() => aggregator.AggregateAsync(CancellationToken.None));

        Assert.Equal((false, 0, 2), (before, after, Age()));
        Assert.Equal(1, _measured.Read("splitstream.aggregation.batches"));
    }

    private static EventItem Event(string id) => Batch.Event(id, "u1", World.Noon);

    private double Age() => _measured.Read("splitstream.aggregation.age_seconds");

    private double[] Read(string kind) => [.. Outcomes.Select(outcome => _measured.Read(Items, $"{kind} {outcome}"))];
}
