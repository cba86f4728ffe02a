using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Tests.Frequentist;

public class RatioMetricTests
{
    private static readonly double[] Numerators = [2, 0, 3, 1, 4];
    private static readonly double[] Denominators = [6, 3, 8, 5, 9];

    [Fact]
    public void Ratio_and_variance_are_those_of_the_delta_method()
    {
        // The worked example of the specification: R = 10/31, five units, mean denominator 31/5.
        var estimate = RatioMetric.Estimate(Pairs(Numerators, Denominators)).Value;

        Assert.Equal(10.0 / 31, estimate.Ratio, 1e-15);
        Assert.Equal(0.003505605178442071, estimate.Variance, 1e-16);
    }

    [Fact]
    public void Two_variants_differ_by_the_difference_of_their_ratios()
    {
        var control = Pairs(Numerators, Denominators);
        var treatment = Pairs([10.5, 0, 22.25, 7], [2, 1, 4, 1]);

        var result = RatioMetric.Difference(control, treatment).Value;

        Assert.Equal(4.96875 - 10.0 / 31, result.Effect, 1e-14);
        Assert.Equal(Math.Sqrt(0.003505605178442071 + 0.7244059244791666), result.StandardError, 1e-14);
        Assert.Equal(result.Effect / result.StandardError, result.Z, 1e-14);
        Assert.Equal(result.Effect - 1.959963984540054 * result.StandardError, result.Interval.Lower, 1e-13);
        Assert.Equal(result.Effect / (10.0 / 31), result.Lift.Value.Lift, 1e-13);
        Assert.Equal(1, result.EpochsUsed);
    }

    [Fact]
    public void Epochs_are_weighted_by_their_numbers_of_units()
    {
        var first = new EpochPairs(Pairs(Numerators, Denominators), Pairs([10.5, 0, 22.25, 7], [2, 1, 4, 1]));
        var second = new EpochPairs(Pairs([1, 2], [2, 3]), Pairs([1, 3, 2], [2, 3, 1]));
        double w1 = 1 / (1 / 5.0 + 1 / 4.0), w2 = 1 / (1 / 2.0 + 1 / 3.0);

        var result = RatioMetric.Stratified([first, new EpochPairs(null, first.Treatment), second]).Value;

        var effects = new[] { first, second }.Select(e => RatioMetric.Difference(e.Control!, e.Treatment!).Value.Effect).ToArray();
        Assert.Equal((w1 * effects[0] + w2 * effects[1]) / (w1 + w2), result.Effect, 1e-14);
        Assert.Equal(2, result.EpochsUsed);
    }

    [Fact]
    public void Without_denominators_units_or_variance_there_is_no_answer()
    {
        var good = Pairs(Numerators, Denominators);

        Assert.Equal(Inconclusive.ZeroDenominator, RatioMetric.Estimate(Pairs([1, 2], [1, -1])).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, RatioMetric.Estimate(Pairs([1], [1])).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, RatioMetric.Difference(good, Pairs([1], [1])).Why!.Reason);
        Assert.Equal(Inconclusive.NoUnits, RatioMetric.Stratified([new EpochPairs(good, null)]).Why!.Reason);
        Assert.Equal(Inconclusive.NoUnits, RatioMetric.Stratified([]).Why!.Reason);
        Assert.Equal(Inconclusive.ZeroVariance, RatioMetric.Difference(Pairs([1, 1], [1, 1]), Pairs([3, 3], [2, 2])).Why!.Reason);
    }

    private static PairedSummary Pairs(double[] numerators, double[] denominators) =>
        PairedSummary.FromValues(denominators, numerators).Value;
}
