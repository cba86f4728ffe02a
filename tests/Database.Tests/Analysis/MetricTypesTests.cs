using System.Globalization;
using System.Text.Json;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Events;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Events;

namespace Splitstream.Database.Tests.Analysis;

/// <summary>Metrics of every type from raw rows to a snapshot, and back.</summary>
public sealed class MetricTypesTests
{
    private const int Units = 200;

    private static readonly MetricDefinition[] Metrics =
    [
        World.Metric("spend", MetricType.Mean, "buy", "$.price", 24) with { HasCovariate = true },
        World.Metric("spend-top", MetricType.Mean, "buy", "$.price", 24) with { Cap = new MetricBound(0.9, true), HasCovariate = true },
        World.Metric("spend-per-visit", MetricType.Ratio, "buy", "$.price", 24) with { Denominator = new("visit", null), HasCovariate = true },
        World.Metric("bought", MetricType.Conversion, "buy", windowHours: 24) with { HasCovariate = true },
        World.Metric("next-day", MetricType.Retention, "visit") with { StartHours = 24, EndHours = 48 },
        World.Metric("price", MetricType.Quantile, "buy", "$.price", 24) with { Quantile = 0.5 },
    ];

    [Fact]
    public async Task A_snapshot_of_every_type_is_computed_again_from_raw_rows_to_the_last_digit()
    {
        await using var world = await AnalysisWorld.StartAsync(fromEvents: true);
        await AttachAsync(world);
        await SendAsync(world);
        world.Clock.Advance(TimeSpan.FromHours(72));

        var taken = (await world.Analysis.AnalyzeAsync(AnalysisWorld.Tester)).Value!;

        var body = await world.BodyAsync(taken.SnapshotId);
        foreach (var metric in Metrics)
        {
            var result = body.GetProperty("metrics").EnumerateArray().Single(entry => entry.GetProperty("metric").GetString() == metric.Key);
            var comparison = result.GetProperty("comparisons")[0];
            Assert.True(comparison.GetProperty("pValue").ValueKind == JsonValueKind.Number, $"{metric.Key}: {comparison}");
            Assert.True(comparison.GetProperty("confidenceSequence").ValueKind == JsonValueKind.Array, $"{metric.Key}: {comparison}");
            Assert.True(result.GetProperty("matured").ValueKind == JsonValueKind.Null, $"{metric.Key} has units that are not mature");
            Assert.Equal(metric.HasCovariate, comparison.TryGetProperty("adjustment", out var adjustment));
            Assert.True(!metric.HasCovariate || adjustment.GetProperty("varianceReduction").GetDouble() > 0.1, $"{metric.Key}: {adjustment}");
            Assert.Equal(metric.Cap is not null, result.TryGetProperty("cap", out _));
        }

        Assert.Equal(new VerifyResult("matches", "matches", null), await VerifyAsync(world, taken));

        await world.ExecuteAsync("UPDATE events SET name = 'another' WHERE unit_id = 'unit-10' AND occurred_at < '2026-03-02' AND name = 'buy'");
        Assert.Equal(new VerifyResult("matches", "differs", "spend"), await VerifyAsync(world, taken));
    }

    private static async Task AttachAsync(AnalysisWorld world)
    {
        foreach (var metric in Metrics)
        {
            Assert.True((await world.Get<IMetricStore>().CreateAsync(metric, AnalysisWorld.Tester, CancellationToken.None)).IsOk);
        }

        var edit = new ExperimentEdit(
            null, null, null, null, default, default, null, default, [.. Metrics.Select(metric => metric.Key)], null, null, true);
        var edited = await world.Experiment.EditAsync(edit, (await world.StateAsync()).Version, AnalysisWorld.Tester);
        Assert.True(edited.IsOk, edited.Problem?.Detail);
    }

    /// <summary>Even units are control and odd ones treatment. Each has a habit that shows before and after; some are new, some do nothing.</summary>
    private static async Task SendAsync(AnalysisWorld world)
    {
        var experiment = (await world.StateAsync()).Id;
        await world.ExecuteAsync(
            $"""
            INSERT INTO assignments (experiment_id, unit_id, variant, epoch, assigned_at)
            SELECT {experiment}, 'unit-' || i, CASE WHEN i % 2 = 0 THEN 'control' ELSE 'treatment' END, 1, '2026-03-02T00:00:00Z'
            FROM generate_series(0, {Units - 1}) AS i
            """);
        var random = new Random(1);
        var events = new List<EventItem>();
        void Add(int unit, string name, int price, double hours) => events.Add(new EventItem(
            events.Count, null, $"unit-{unit}", name, AnalysisWorld.Start.AddHours(hours),
            price > 0 ? string.Create(CultureInfo.InvariantCulture, $$"""{"price": {{price}}.5}""") : null));
        for (var unit = 0; unit < Units; unit++)
        {
            var (habit, isNew) = (random.Next(5), random.Next(4) == 0);
            for (var i = 0; i < habit; i++)
            {
                Add(unit, "buy", 10 + habit + random.Next(5), 1 + random.Next(20));
                Add(unit, "buy", 10 + habit + random.Next(5), isNew ? 2 : -1 - random.Next(200));
            }

            Add(unit, "visit", 0, 3);
            Add(unit, "visit", 0, random.Next(2) == 0 ? 30 : 50);
            if (!isNew)
            {
                Add(unit, "visit", 0, -20);
            }
        }

        var exposures = Enumerable.Range(0, Units).Select(i => new ExposureItem(
            i, null, $"unit-{i}", AnalysisWorld.Key, i % 2 == 0 ? "control" : "treatment", AnalysisWorld.Start));
        var buffer = world.Get<PostgresEventBuffer>();
        var received = AnalysisWorld.Start.AddMinutes(1);
        Assert.True((await buffer.AppendAsync(new IngestBatch("web", null, received, [.. exposures], [], []), CancellationToken.None)).IsOk);
        Assert.True((await buffer.AppendAsync(new IngestBatch("web", null, received, [], [.. events], []), CancellationToken.None)).IsOk);
    }

    private static async Task<VerifyResult> VerifyAsync(AnalysisWorld world, SnapshotReference taken) =>
        (await world.Snapshots.VerifyAsync(taken.SnapshotId, CancellationToken.None)).Value!;
}
