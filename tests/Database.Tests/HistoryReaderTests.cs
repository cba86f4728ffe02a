using Splitstream.Grains.Interfaces.Events;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Certificates;

namespace Splitstream.Database.Tests;

/// <summary>What stored events say about a metric before there is an experiment, by the rules by which an experiment will count them.</summary>
public sealed class HistoryReaderTests
{
    private static readonly TimeSpan Days = TimeSpan.FromDays(7);

    /// <summary>One unit each: what its event says, an hour after the unit was first seen.</summary>
    private static readonly string?[] Bought =
    [
        """{"price": 10}""", """{"price": 2.5}""", """{"price": 0}""", """{"price": "many"}""", """{"price": null}""", "{}", null,
    ];

    [Theory]
    [InlineData(MetricType.Mean, null, new[] { 10, 2.5, 0, 0, 0, 0 })]
    [InlineData(MetricType.Mean, 4.0, new[] { 4, 2.5, 0, 0, 0, 0 })]
    [InlineData(MetricType.Count, null, new[] { 10, 2.5, 0, 0, 0, 0 })]
    [InlineData(MetricType.Conversion, null, new[] { 1.0, 1, 0, 1, 0, 0 })]
    public async Task Values_are_those_of_the_analysis_and_units_with_a_missing_one_are_left_out(MetricType type, double? cap, double[] values)
    {
        await using var world = await World.CreateAsync();
        await SendAsync(world, [.. Bought.SelectMany((text, i) => new[] { Event(i, "seen", i, null), Event(i, "buy", i + 1, text) })]);
        var reader = new HistoryReader(world.Database);
        var metric = World.Metric("paid", type, "buy", "$.price", 24, cap);

        var history = await reader.ReadAsync(metric, World.Noon, CancellationToken.None);
        var units = await reader.ReadUnitsAsync(metric, World.Noon, Days, 100, CancellationToken.None);
        var first = await reader.ReadUnitsAsync(metric, World.Noon, Days, 2, CancellationToken.None);

        Assert.Equal(values.Order(), history!.Values);
        Assert.Equal(values, units!.Values);
        Assert.Equal(values[..2], first!.Values);
        Assert.Equal(1.0 / 24, first.FirstSeenDays[1], 1e-9);
    }

    [Fact]
    public async Task Windows_begin_with_the_unit_and_must_be_closed()
    {
        await using var world = await World.CreateAsync();
        await SendAsync(
            world,
            [
                Event(0, "seen", 0, null), Event(0, "buy", 24, null),
                Event(1, "seen", 0, null), Event(1, "buy", 23.9, null),
                Event(2, "seen", 0, null), Event(2, "buy", 48, null),
                Event(3, "seen", 100, null), Event(3, "buy", 130, null),
            ]);
        var nextDay = World.Metric("next-day", MetricType.Retention, "buy") with { StartHours = 24, EndHours = 48 };

        var units = await new HistoryReader(world.Database).ReadUnitsAsync(nextDay, World.Noon, Days, 100, CancellationToken.None);

        // The last unit was first seen less than two days ago.
        Assert.Equal((double[])[1, 0, 0], units!.Values);
    }

    [Theory]
    [InlineData(MetricType.Ratio)]
    [InlineData(MetricType.Quantile)]
    public async Task Metrics_without_a_value_of_their_own_have_no_history(MetricType type)
    {
        await using var world = await World.CreateAsync();
        var metric = World.Metric("other", type, "buy", "$.price", 24);
        metric = type == MetricType.Ratio ? metric with { Denominator = new("seen", null) } : metric with { Quantile = 0.5 };

        Assert.Null(await new HistoryReader(world.Database).ReadAsync(metric, World.Noon, CancellationToken.None));
    }

    private static EventItem Event(int unit, string name, double hours, string? properties) =>
        new(0, null, $"unit-{unit}", name, World.Noon.AddDays(-5).AddHours(hours), properties);

    private static async Task SendAsync(World world, EventItem[] events) =>
        await world.SendAsync(new IngestBatch("web", null, World.Noon, [], [.. events.Select((item, i) => item with { Index = i })], []));
}
