using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Events;
using Splitstream.Storage.Events;

namespace Splitstream.Database.Tests.Analysis;

/// <summary>From exposures and events to a snapshot, and back to the raw rows that it stands on.</summary>
public sealed class RawRowsTests
{
    private const int Units = 40;

    [Fact]
    public async Task A_snapshot_of_real_events_verifies_until_one_of_them_is_changed()
    {
        await using var world = await AnalysisWorld.StartAsync(fromEvents: true);
        await SendAsync(world);
        world.Clock.Advance(TimeSpan.FromHours(1));

        var taken = (await world.Analysis.AnalyzeAsync(AnalysisWorld.Tester)).Value!;

        var variants = (await world.BodyAsync(taken.SnapshotId)).GetProperty("metrics")[0].GetProperty("variants");
        Assert.Equal([20L, 20L], variants.EnumerateArray().Select(variant => variant.GetProperty("units").GetInt64()));
        Assert.Equal([5.0, 10.0], variants.EnumerateArray().Select(variant => variant.GetProperty("sum").GetDouble()));
        Assert.Equal(new VerifyResult("matches", "matches", null), await VerifyAsync(world, taken));

        // What arrives later changes nothing about what was.
        await world.Get<PostgresEventBuffer>().AppendAsync(Batch([], [Event(1, world)]), CancellationToken.None);
        Assert.Equal(new VerifyResult("matches", "matches", null), await VerifyAsync(world, taken));

        await world.ExecuteAsync("UPDATE events SET name = 'another' WHERE unit_id = 'unit-0'");
        Assert.Equal(new VerifyResult("matches", "differs", "signup"), await VerifyAsync(world, taken));
    }

    /// <summary>Even units are control and odd ones treatment; every fourth of the first and every second of the second converts.</summary>
    private static async Task SendAsync(AnalysisWorld world)
    {
        var experiment = (await world.StateAsync()).Id;
        await world.ExecuteAsync(
            $"""
            INSERT INTO assignments (experiment_id, unit_id, variant, epoch, assigned_at)
            SELECT {experiment}, 'unit-' || i, CASE WHEN i % 2 = 0 THEN 'control' ELSE 'treatment' END, 1, '2026-03-02T00:00:00Z'
            FROM generate_series(0, {Units - 1}) AS i
            """);
        var exposures = Enumerable.Range(0, Units).Select(i => new ExposureItem(
            i, null, $"unit-{i}", AnalysisWorld.Key, i % 2 == 0 ? "control" : "treatment", AnalysisWorld.Start));
        var converted = Enumerable.Range(0, Units).Where(i => i % 2 == 0 ? i % 8 == 0 : i % 4 == 1);
        var buffer = world.Get<PostgresEventBuffer>();
        Assert.True((await buffer.AppendAsync(Batch([.. exposures], []), CancellationToken.None)).IsOk);
        Assert.True((await buffer.AppendAsync(Batch([], [.. converted.Select(i => Event(i, world))]), CancellationToken.None)).IsOk);
    }

    private static EventItem Event(int unit, AnalysisWorld world) =>
        new(unit, null, $"unit-{unit}", "signup", world.Clock.GetUtcNow(), null);

    private static IngestBatch Batch(ImmutableArray<ExposureItem> exposures, ImmutableArray<EventItem> events) =>
        new("web", null, AnalysisWorld.Start.AddMinutes(1), exposures, events, []);

    private static async Task<VerifyResult> VerifyAsync(AnalysisWorld world, SnapshotReference taken) =>
        (await world.Snapshots.VerifyAsync(taken.SnapshotId, CancellationToken.None)).Value!;
}
