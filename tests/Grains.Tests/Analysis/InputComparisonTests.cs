using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>The recompute from raw rows is compared digit by digit, and the first difference is named.</summary>
public sealed class InputComparisonTests
{
    private static readonly ResultsInput Input = CookieCatsTests.Input();

    [Fact]
    public void Equal_inputs_match_whatever_their_order()
    {
        var again = Input.Data with { Sums = [.. Input.Data.Sums.Reverse()], AsOfAggregation = 99 };

        Assert.Null(Difference(again));
    }

    [Fact]
    public void Rows_of_zeros_count_as_absent() =>
        Assert.Null(Difference(Input.Data with
        {
            Sums = Input.Data.Sums.Add(Case.Sum("retention_7", "gate_40", 2, 0, 0)),
            Units = Input.Data.Units.Add(new UnitCount("gate_40", 2, 3, 0)),
        }));

    [Theory]
    [InlineData(2, "retention_1")]
    [InlineData(5, "sum_gamerounds")]
    public void A_changed_sum_is_named(int row, string metric)
    {
        var sum = Input.Data.Sums[row];

        Assert.Equal(metric, Difference(Input.Data with { Sums = Input.Data.Sums.SetItem(row, sum with { Sum = sum.Sum + ".0" }) }));
    }

    [Fact]
    public void The_first_of_several_in_the_order_of_the_roles_is_named() =>
        Assert.Equal("retention_7", Difference(Input.Data with { Sums = [] }));

    [Fact]
    public void Units_exclusions_and_late_events_are_named_after_the_metrics()
    {
        var units = Input.Data.Units;
        Assert.Equal("units", Difference(Input.Data with { Units = units.SetItem(0, units[0] with { Analysed = 1 }) }));
        Assert.Equal("exclusions", Difference(Input.Data with { Exclusions = [new ExclusionCount("override", "gate_30", 1)] }));
        Assert.Equal("late_events", Difference(Input.Data with { LateEventCount = 1 }));
    }

    private static string? Difference(AnalysisInputs again) => InputComparison.FirstDifference(Input.Metrics, Input.Data, again);
}
