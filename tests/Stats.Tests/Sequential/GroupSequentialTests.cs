using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Tests.Sequential;

public class GroupSequentialTests
{
    private static readonly double[] FiveLooks = [0.2, 0.4, 0.6, 0.8, 1.0];

    [Theory]
    [InlineData(BoundaryKind.Pocock, 2.413, 2.413)]
    [InlineData(BoundaryKind.OBrienFleming, 4.562, 2.040)]
    public void Five_looks_give_the_published_boundaries(BoundaryKind kind, double first, double last)
    {
        // Jennison and Turnbull 2000, tables 2.1 and 2.3, K = 5, alpha 0.05.
        var z = GroupSequential.Boundaries(kind, 0.05, FiveLooks).Value;

        Assert.Equal(first, z[0], 1.5e-3);
        Assert.Equal(last, z[4], 1.5e-3);
        Assert.Equal(0.05, GroupSequential.CrossingProbability(z, FiveLooks), 1e-8);
    }

    [Fact]
    public void One_look_is_the_fixed_test()
    {
        foreach (var kind in Enum.GetValues<BoundaryKind>())
            Assert.Equal(1.959963984540054, GroupSequential.Boundaries(kind, 0.05, [1]).Value[0], 1e-7);
    }

    [Fact]
    public void Daily_looks_for_four_weeks_spend_at_most_alpha()
    {
        var days = Enumerable.Range(1, 28).Select(d => d == 28 ? 1 : d / 28.0).ToArray();

        foreach (var kind in new[] { BoundaryKind.LanDeMetsOBrienFleming, BoundaryKind.LanDeMetsPocock })
        {
            var z = GroupSequential.Boundaries(kind, 0.05, days).Value;

            Assert.InRange(GroupSequential.CrossingProbability(z, days), 0.0495, 0.0500001);
        }
    }

    [Fact]
    public void Two_looks_at_almost_the_same_time_cost_almost_nothing()
    {
        var z = GroupSequential.Boundaries(BoundaryKind.Pocock, 0.05, [0.99999, 1]).Value;

        Assert.InRange(z[0], 1.959963, 1.97);
    }

    [Theory]
    [InlineData(BoundaryKind.LanDeMetsOBrienFleming)]
    [InlineData(BoundaryKind.LanDeMetsPocock)]
    public void A_last_look_that_comes_short_of_information_spends_the_rest(BoundaryKind kind)
    {
        // 30, 45 and 60 % of the plan; the third is the last. It is correlated with the others by what they had of its information.
        double[] information = [0.5, 0.75, 1];
        double[] times = [0.3, 0.45, 1];

        var z = GroupSequential.Boundaries(kind, 0.05, information, times).Value;

        Assert.Equal(GroupSequential.Boundaries(kind, 0.05, [0.3, 0.45, 1]).Value[..2], z[..2], (one, other) => Math.Abs(one - other) < 1e-9);
        Assert.InRange(GroupSequential.CrossingProbability(z, information), 0.0499, 0.0500001);
        Assert.Equal(0.05, GroupSequential.AlphaSpent(kind, 0.05, 1), 1e-9);
    }

    [Fact]
    public void Spending_times_out_of_order_or_of_kinds_that_do_not_spend_are_refused()
    {
        Assert.Throws<ArgumentException>(() => GroupSequential.Boundaries(BoundaryKind.LanDeMetsPocock, 0.05, [0.5, 1], [0.5, 0.5]));
        Assert.Throws<ArgumentException>(() => GroupSequential.Boundaries(BoundaryKind.LanDeMetsPocock, 0.05, [0.5, 1], [0.5, 1.1]));
        Assert.Throws<ArgumentException>(() => GroupSequential.Boundaries(BoundaryKind.LanDeMetsPocock, 0.05, [0.5, 1], [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupSequential.Boundaries(BoundaryKind.Pocock, 0.05, [0.5, 1], [0.5, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupSequential.AlphaSpent(BoundaryKind.LanDeMetsPocock, 0.05, 0));
    }

    [Fact]
    public void Looks_out_of_order_are_refused()
    {
        Assert.Throws<ArgumentException>(() => GroupSequential.Boundaries(BoundaryKind.Pocock, 0.05, [0.5, 0.5, 1]));
        Assert.Throws<ArgumentException>(() => GroupSequential.Boundaries(BoundaryKind.Pocock, 0.05, [0.5]));
        Assert.Throws<ArgumentException>(() => GroupSequential.Boundaries(BoundaryKind.Pocock, 0.05, []));
    }
}
