using Splitstream.Stats.Power;

namespace Splitstream.Stats.Tests.Power;

public sealed class AllocatedSizeTests
{
    /// <summary>statsmodels 0.13.5, samplesize_proportions_2indep_onetail(diff, prop2, power, ratio, alpha / 2).</summary>
    [Theory]
    [InlineData(0.1, 0.12, 1, 0.05, 0.8, 3840.847482436278)]
    [InlineData(0.1, 0.12, 0.25, 0.05, 0.8, 9411.804157185938)]
    [InlineData(0.1, 0.105, 2, 0.05 / 3, 0.9, 74727.05373714773)]
    [InlineData(0.02, 0.01, 3, 0.05, 0.8, 1434.926622800159)]
    public void Sizes_of_rates_are_those_of_statsmodels(double p1, double p2, double ratio, double alpha, double power, double units) =>
        Assert.Equal(1, AllocatedSize.ForProportions(p1, p2, ratio, alpha, power).Value / units, 1e-9);

    /// <summary>statsmodels 0.13.5, NormalIndPower().solve_power(0.1, alpha=alpha / 2, power, ratio, alternative='larger').</summary>
    [Theory]
    [InlineData(1, 0.05, 0.8, 1569.7759469069024)]
    [InlineData(0.25, 0.05, 0.8, 3924.439867175798)]
    [InlineData(2, 0.05 / 3, 0.9, 2026.4296208233463)]
    public void Sizes_of_means_are_those_of_statsmodels(double ratio, double alpha, double power, double units)
    {
        Assert.Equal(1, AllocatedSize.ForMeans(-0.3, 3, ratio, alpha, power).Value / units, 1e-9);
        Assert.Equal(0.3, AllocatedSize.DetectableDifference(3, units, ratio, alpha, power).Value, 1e-9);
    }

    [Theory]
    [InlineData(0.1, 0.02, 0.25)]
    [InlineData(0.5, 0.3, 1)]
    [InlineData(0.9, 0.01, 5)]
    public void The_detectable_lift_needs_just_the_units_it_was_asked_for(double rate, double lift, double ratio)
    {
        var units = AllocatedSize.ForProportions(rate, rate + lift, ratio, 0.05, 0.8).Value;

        Assert.Equal(lift, AllocatedSize.DetectableLift(rate, units, ratio, 0.05, 0.8).Value, 1e-9);
    }

    [Fact]
    public void Equal_sizes_agree_with_the_plain_formula() => Assert.Equal(
        SampleSize.ForProportions(0.1, 0.12, 0.05, 0.8, 2).Value, AllocatedSize.ForProportions(0.1, 0.12, 1, 0.05, 0.8).Value, 1e-8);

    [Fact]
    public void What_no_effect_reaches_is_said_so()
    {
        Assert.Equal(Inconclusive.NoSolution, AllocatedSize.DetectableLift(0.5, 2, 1, 0.001, 0.9).Why!.Reason);
        Assert.Equal(Inconclusive.NoSolution, AllocatedSize.DetectableDifference(1, 10, 1, 0.5, 0.1).Why!.Reason);
        Assert.Equal(Inconclusive.Overflow, AllocatedSize.ForMeans(1e-200, 1, 1, 0.05, 0.8).Why!.Reason);
    }

    [Fact]
    public void What_cannot_be_asked_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => AllocatedSize.ForProportions(0.1, 0.1, 1, 0.05, 0.8));
        Assert.Throws<ArgumentOutOfRangeException>(() => AllocatedSize.ForProportions(0.1, 0.2, 0, 0.05, 0.8));
        Assert.Throws<ArgumentOutOfRangeException>(() => AllocatedSize.ForMeans(0, 1, 1, 0.05, 0.8));
        Assert.Throws<ArgumentOutOfRangeException>(() => AllocatedSize.DetectableLift(0.1, double.NaN, 1, 0.05, 0.8));
        Assert.Throws<ArgumentOutOfRangeException>(() => AllocatedSize.DetectableDifference(0, 10, 1, 0.05, 0.8));
    }
}
