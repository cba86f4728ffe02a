using Splitstream.Stats.QuasiExperiments;

namespace Splitstream.Stats.Tests.QuasiExperiments;

public class SyntheticDifferenceInDifferencesTests
{
    [Fact]
    public void Effects_of_units_and_periods_leave_no_trace()
    {
        var panel = Make(new Random(1), (unit, period) => 100 * unit + 7 * period * period, noise: 0.01);

        var result = SyntheticDifferenceInDifferences.Compute(panel, [0, 3], 6).Value;

        Assert.Equal(5, result.Effect, 0.05);
        Assert.Equal(1, result.UnitWeights.Sum(), 1e-12);
        Assert.Equal(1, result.TimeWeights.Sum(), 1e-12);
        Assert.Equal(0, result.UnitWeights[0] + result.UnitWeights[3]);
        Assert.All(result.UnitWeights.Concat(result.TimeWeights), weight => Assert.InRange(weight, 0, 1));
    }

    [Fact]
    public void A_trend_that_only_some_controls_share_is_matched()
    {
        // Treated units grow twice as fast as the even controls and like the odd ones: a plain difference in differences is off by 15.
        var panel = Make(new Random(2), (unit, period) => (unit == 0 || unit % 2 == 1 ? 6.0 : 3.0) * period, noise: 0.3);

        var result = SyntheticDifferenceInDifferences.Compute(panel, [0], 6).Value;

        Assert.Equal(5, result.Effect, 1.0);
    }

    /// <summary>Several treated units: placebo sets are drawn, and the same generator draws the same ones.</summary>
    [Fact]
    public void Placebo_errors_depend_on_nothing_but_the_generator()
    {
        var panel = Make(new Random(3), (unit, period) => unit + period, noise: 1);

        var first = SyntheticDifferenceInDifferences.Placebo(panel, [0, 3], 6, new Random(9), 50).Value;
        var second = SyntheticDifferenceInDifferences.Placebo(panel, [0, 3], 6, new Random(9), 50).Value;
        var other = SyntheticDifferenceInDifferences.Placebo(panel, [0, 3], 6, new Random(10), 50).Value;

        Assert.Equal(50, first.PlaceboEffects.Count);
        Assert.Equal(first.StandardError, second.StandardError);
        Assert.NotEqual(first.StandardError, other.StandardError);
        Assert.InRange(first.StandardError, 0.1, 1);
        Assert.True(first.Interval.Lower < 5 && first.Interval.Upper > 5);
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        var panel = Make(new Random(3), (unit, period) => unit + period, noise: 1);

        Assert.Equal(
            Inconclusive.TooFewUnits, SyntheticDifferenceInDifferences.Compute(new Panel([[1, 2, 3], [1, 3, 4]]), [0], 2).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, SyntheticDifferenceInDifferences.Compute(panel, [0], 1).Why!.Reason);
        Assert.Equal(
            Inconclusive.ZeroVariance,
            SyntheticDifferenceInDifferences.Compute(new Panel([[1, 2, 3], [1, 1, 4], [2, 2, 2]]), [0], 2).Why!.Reason);
        Assert.Throws<ArgumentException>(() => SyntheticDifferenceInDifferences.Compute(panel, [1, 1], 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => SyntheticDifferenceInDifferences.Compute(panel, [], 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => SyntheticDifferenceInDifferences.Compute(panel, [99], 6));
        Assert.Throws<ArgumentNullException>(() => SyntheticDifferenceInDifferences.Placebo(panel, [0, 1], 6));
    }

    /// <summary>Twelve units, ten periods; an effect of 5 on units 0 and 3 from period 6 on.</summary>
    private static Panel Make(Random random, Func<int, int, double> level, double noise) => new(
        Enumerable.Range(0, 12).Select(unit => Enumerable.Range(0, 10)
            .Select(period => level(unit, period) + noise * (random.NextDouble() - 0.5) + (unit is 0 or 3 && period >= 6 ? 5 : 0))
            .ToArray()).ToArray());
}
