using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Database.Tests;

public sealed class QuarantineTests : IAsyncLifetime
{
    private World _world = null!;

    public async Task InitializeAsync() => _world = await World.CreateAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData("unknown", "assigned-a", "a", "experiment_not_found")]
    [InlineData("draft", "assigned-a", "a", "not_running")]
    [InlineData("server", "tester", "b", "override")]
    [InlineData("server", "stranger", "a", "not_assigned")]
    [InlineData("server", "assigned-a", "b", "variant_mismatch")]
    [InlineData("server", "assigned-a", "no variant", "variant_mismatch")]
    [InlineData("external", "anybody", "no variant", "unknown_variant")]
    [InlineData("external", "tester", "a", "override")]
    [InlineData("server", "assigned-a", "a", null)]
    [InlineData("external", "anybody", "a", null)]
    public async Task An_exposure_counts_or_is_kept_with_its_reason(string experiment, string unit, string variant, string? reason)
    {
        var overrides = ImmutableSortedDictionary<string, string>.Empty.Add("tester", "b");
        var server = await _world.AddExperimentAsync("server", overrides: overrides);
        await _world.AddExperimentAsync("external", AssignmentMode.External, overrides: overrides);
        await _world.AddExperimentAsync("draft", draft: true);
        await _world.AssignAsync(server, "assigned-a", "a");

        var receipt = await _world.ExposeAsync(experiment, unit, variant);

        Assert.Equal(1, receipt.Accepted);
        Assert.Equal(reason ?? (object)DBNull.Value, await _world.ScalarAsync("SELECT quarantine_reason FROM exposures"));
        var entry = (await _world.Ledger.ReadAsync(CancellationToken.None))[0];
        Assert.Equal(reason is null ? (1, 0) : (0, 1), (entry.Counted, entry.Quarantined));
        await _world.Sums.DrainAsync(CancellationToken.None);
        Assert.Equal(reason is null ? 1 : 0, await _world.CountAsync("analysed_units"));
    }

    [Theory]
    [InlineData(-1, null)]
    [InlineData(0, "not_running")]
    [InlineData(59, "not_running")]
    [InlineData(60, null)]
    public async Task An_exposure_during_a_pause_is_quarantined(int minutesAfterPause, string? reason)
    {
        var experiment = await _world.AddExperimentAsync("e");
        await _world.AssignAsync(experiment, "u", "a");
        await _world.InterruptAsync(experiment.Id, World.Noon, World.Noon.AddHours(1));

        await _world.ExposeAsync("e", "u", "a", World.Noon.AddMinutes(minutesAfterPause));

        Assert.Equal(reason ?? (object)DBNull.Value, await _world.ScalarAsync("SELECT quarantine_reason FROM exposures"));
    }

    [Fact]
    public async Task A_counted_exposure_carries_the_epoch_of_the_row_and_not_the_one_in_force()
    {
        var experiment = await _world.AddExperimentAsync("e");
        await _world.AssignAsync(experiment, "u", "a", epoch: 1);
        await _world.InterruptAsync(experiment.Id, World.Noon.AddHours(-2), World.Noon.AddHours(-1));

        await _world.ExposeAsync("e", "u", "a");

        Assert.Equal(1, await _world.ScalarAsync("SELECT epoch FROM exposures"));
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("b", "a")]
    public async Task An_external_unit_in_two_variants_leaves_whole_in_either_order(string first, string second)
    {
        await _world.AddMetricAsync(World.Metric("bought", MetricType.Conversion, "buy"));
        var experiment = await _world.AddExperimentAsync("e", AssignmentMode.External, metrics: "bought");
        await _world.ExposeAsync("e", "torn", first);
        await _world.ExposeAsync("e", "clean", "a");
        await _world.TrackAsync("torn", "buy");
        await _world.Sums.DrainAsync(CancellationToken.None);
        await _world.ExposeAsync("e", "torn", second);
        await _world.Sums.DrainAsync(CancellationToken.None);

        var inputs = await _world.Sums.ReadAsync(experiment, [World.Metric("bought", MetricType.Conversion, "buy")], World.Noon, CancellationToken.None);

        Assert.Equal(new ExclusionCount("two_variants", first, 1), Assert.Single(inputs.Exclusions));
        var sum = Assert.Single(inputs.Sums);
        Assert.Equal(("a", 1, "0"), (sum.Variant, sum.Units, sum.Sum));
    }

    [Fact]
    public async Task Concurrent_first_exposures_of_an_external_unit_make_one_row()
    {
        var experiment = await _world.AddExperimentAsync("e", AssignmentMode.External);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => _world.ExposeAsync("e", $"u{i % 4}", i % 2 == 0 ? "a" : "b")));

        Assert.Equal(4, await _world.CountAsync("assignments WHERE experiment_id = $1", experiment.Id));
        Assert.Equal(0, await _world.CountAsync(
            "exposures x JOIN assignments a USING (experiment_id, unit_id) WHERE x.assigned_variant <> a.variant"));
    }

    [Fact]
    public async Task A_rebucketed_unit_is_out_until_exposed_again_and_then_excluded()
    {
        var experiment = await _world.AddExperimentAsync("e");
        await _world.AssignAsync(experiment, "u", "a");
        await _world.ExposeAsync("e", "u", "a");
        await _world.Sums.DrainAsync(CancellationToken.None);

        await _world.RebucketAsync(experiment.Id, "u", "b", 1);
        var between = await _world.Sums.ReadAsync(experiment, [], World.Noon, CancellationToken.None);
        await _world.ExposeAsync("e", "u", "b");
        await _world.Sums.DrainAsync(CancellationToken.None);
        var after = await _world.Sums.ReadAsync(experiment, [], World.Noon, CancellationToken.None);

        Assert.Equal(0, between.Units.Sum(count => count.Analysed));
        Assert.Empty(between.Exclusions);
        Assert.Equal(0, after.Units.Sum(count => count.Analysed));
        Assert.Equal(new ExclusionCount("rebucketed", "b", 1), Assert.Single(after.Exclusions));
    }
}
