using Splitstream.Stats.Power;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Tests.Power;

public sealed class GroupSequentialPowerTests
{
    /// <summary>Inflation: Jennison and Turnbull 2000, tables 2.2 and 2.4 (alpha 0.05, power 0.8), to their three digits.</summary>
    /// <remarks>More digits, and expected information, by a recursion with Simpson's rule on a grid of 3,001 points in numpy 1.24.</remarks>
    [Theory]
    [InlineData(BoundaryKind.OBrienFleming, 2, 1.008, 1.00778625515, 0.89519704299)]
    [InlineData(BoundaryKind.OBrienFleming, 5, 1.028, 1.02841096914, 0.79498330156)]
    [InlineData(BoundaryKind.OBrienFleming, 10, 1.040, 1.03989954507, 0.76096111973)]
    [InlineData(BoundaryKind.Pocock, 2, 1.110, 1.11041263463, 0.76807225097)]
    [InlineData(BoundaryKind.Pocock, 5, 1.229, 1.22859261025, 0.65038247241)]
    [InlineData(BoundaryKind.Pocock, 10, 1.301, 1.30097615741, 0.61120110263)]
    public void Classic_boundaries_inflate_as_published(BoundaryKind kind, int looks, double published, double inflation, double expected)
    {
        var information = Equal(looks);
        var boundaries = GroupSequential.Boundaries(kind, 0.05, information).Value;

        var found = GroupSequentialPower.Inflation(boundaries, information, 0.05, 0.8).Value;
        var drift = GroupSequentialPower.DriftOf(boundaries, information, 0.8).Value;

        Assert.Equal(published, found, 0.0005);
        Assert.Equal(inflation, found, 2e-6);
        Assert.Equal(expected, GroupSequentialPower.Crossing(boundaries, information, drift).Value.ExpectedInformation, 2e-6);
    }

    /// <summary>The same recursion in numpy, boundaries by root finding in scipy 1.10.</summary>
    [Theory]
    [InlineData(BoundaryKind.LanDeMetsOBrienFleming, 0.8, 1.02471987889, 0.80379266335)]
    [InlineData(BoundaryKind.LanDeMetsOBrienFleming, 0.9, 1.02307832617, 0.74155320772)]
    [InlineData(BoundaryKind.LanDeMetsPocock, 0.8, 1.21262594495, 0.65613524863)]
    [InlineData(BoundaryKind.LanDeMetsPocock, 0.9, 1.19234764825, 0.57365206725)]
    public void Spending_boundaries_inflate_less(BoundaryKind kind, double power, double inflation, double expected)
    {
        var information = Equal(5);
        var boundaries = GroupSequential.Boundaries(kind, 0.05, information).Value;

        var drift = GroupSequentialPower.DriftOf(boundaries, information, power).Value;
        var crossing = GroupSequentialPower.Crossing(boundaries, information, drift).Value;

        Assert.Equal(inflation, GroupSequentialPower.Inflation(boundaries, information, 0.05, power).Value, 2e-5);
        Assert.Equal(expected, crossing.ExpectedInformation, 2e-5);
        Assert.Equal(power, crossing.Power, 1e-7);
    }

    [Fact]
    public void One_look_is_a_fixed_horizon()
    {
        Assert.Equal(1, GroupSequentialPower.Inflation([1.959963984540054], [1], 0.05, 0.8).Value, 1e-9);
        Assert.Equal(new SequentialCrossing(0.5, 1), GroupSequentialPower.Crossing([2], [1], 2).Value);
    }

    [Fact]
    public void Without_an_effect_the_power_is_the_upper_half_of_alpha()
    {
        var information = Equal(28);
        var boundaries = GroupSequential.Boundaries(BoundaryKind.Pocock, 0.05, information).Value;

        var crossing = GroupSequentialPower.Crossing(boundaries, information, 0).Value;

        Assert.Equal(0.025, crossing.Power, 1e-6);
        Assert.InRange(crossing.ExpectedInformation, 0.95, 0.99);
    }

    [Fact]
    public void What_cannot_be_asked_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupSequentialPower.Crossing([2], [1], -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupSequentialPower.Crossing([2], [1], double.NaN));
        Assert.Throws<ArgumentException>(() => GroupSequentialPower.Crossing([2], [0.5], 1));
        Assert.Throws<ArgumentException>(() => GroupSequentialPower.Crossing([2, 2], [1], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupSequentialPower.DriftOf([1.96], [1], 0.02));
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupSequentialPower.Inflation([1.96], [1], 0.05, 0.01));
    }

    private static double[] Equal(int looks) => [.. Enumerable.Range(1, looks).Select(look => (double)look / looks)];
}
