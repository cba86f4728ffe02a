using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Tests.Frequentist;

public class StratifiedTests
{
    private const int Seed = 77;

    [Fact]
    public void One_epoch_gives_the_plain_z_test_to_the_bit()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 500; i++)
        {
            var control = Conversions(random);
            var treatment = Conversions(random);

            var plain = TwoProportionTest.Compute(control, treatment);
            var stratified = TwoProportionTest.Stratified([new EpochConversions(control, treatment)]);

            Assert.True(plain.IsConclusive == stratified.IsConclusive, $"seed {Seed}, round {i}");
            if (plain.IsConclusive)
                Assert.Equal(plain.Value, stratified.Value);
        }
    }

    [Fact]
    public void One_epoch_gives_the_plain_Welch_test_to_the_bit()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 500; i++)
        {
            var control = Sample(random);
            var treatment = Sample(random);

            var plain = MeanDifferenceTest.Welch(control, treatment).Value;
            var stratified = MeanDifferenceTest.Stratified([new EpochSamples(control, treatment)]).Value;

            Assert.Equal(plain, stratified);
        }
    }

    [Fact]
    public void An_epoch_without_units_in_one_variant_changes_nothing()
    {
        var (control, treatment) = (new ConversionCounts(1000, 100), new ConversionCounts(1100, 130));

        var alone = TwoProportionTest.Compute(control, treatment).Value;
        var beside = TwoProportionTest.Stratified(
            [
                new EpochConversions(new ConversionCounts(0, 0), new ConversionCounts(5000, 900)),
                new EpochConversions(control, treatment),
            ]).Value;

        Assert.Equal(alone, beside);
    }

    [Fact]
    public void A_change_of_weights_with_a_moving_base_rate_makes_no_effect()
    {
        // 90/10 at 10 %, then 10/90 at 12 %: pooling would see +15.7 %.
        EpochConversions[] epochs =
        [
            new(new ConversionCounts(90000, 9000), new ConversionCounts(10000, 1000)),
            new(new ConversionCounts(10000, 1200), new ConversionCounts(90000, 10800)),
        ];

        var result = TwoProportionTest.Stratified(epochs).Value;

        Assert.Equal(0, result.Effect, 15);
        Assert.Equal(1, result.P, 12);
        Assert.Equal(2, result.EpochsUsed);
    }

    [Fact]
    public void Weights_are_those_of_Mantel_and_Haenszel()
    {
        var weights = EpochWeights.Compute([[100, 300], [50, 50], [10, 0]]);

        Assert.Equal([0.75, 0.25, 0], weights);
    }

    [Fact]
    public void The_stratified_effect_is_the_weighted_mean_of_the_epochs_effects_with_its_variance()
    {
        EpochSamples[] epochs =
        [
            new(new SampleSummary(100, 5, 4), new SampleSummary(300, 6, 9)),
            new(new SampleSummary(50, 8, 2), new SampleSummary(50, 8.4, 3)),
        ];

        var result = MeanDifferenceTest.Stratified(epochs).Value;

        // By hand: weights 0.75 and 0.25.
        Assert.Equal(0.75 * 1 + 0.25 * 0.4, result.Effect, 14);
        Assert.Equal(Math.Sqrt(0.5625 * (0.04 + 0.03) + 0.0625 * (0.04 + 0.06)), result.StandardError, 14);
        var terms = new[] { (0.5625 * 0.04, 99), (0.5625 * 0.03, 299), (0.0625 * 0.04, 49), (0.0625 * 0.06, 49) };
        var variance = terms.Sum(t => t.Item1);
        Assert.Equal(variance * variance / terms.Sum(t => t.Item1 * t.Item1 / t.Item2), result.DegreesOfFreedom, 9);
    }

    [Fact]
    public void Posteriors_of_one_epoch_come_back_unchanged_and_of_two_equal_ones_narrower()
    {
        ConversionCounts[] counts = [new(1000, 100), new(1000, 120)];

        var one = EpochPosterior.Combine([counts], BetaPosterior.Uniform).Value;
        var two = EpochPosterior.Combine([counts, counts], BetaPosterior.Uniform).Value;

        Assert.Equal(BetaPosterior.Uniform.Update(counts[0]), one[0]);
        Assert.Equal(one[1].Mean, two[1].Mean, 14);
        Assert.Equal(one[1].Variance / 2, two[1].Variance, 14);
    }

    [Theory]
    [InlineData(0, 0, 10, 1, Inconclusive.NoUnits)]
    [InlineData(10, 0, 20, 0, Inconclusive.ZeroVariance)]
    [InlineData(10, 10, 20, 20, Inconclusive.ZeroVariance)]
    public void Conversions_that_allow_no_test_are_inconclusive_with_their_reason(long n1, long x1, long n2, long x2, string reason)
    {
        var result = TwoProportionTest.Compute(new ConversionCounts(n1, x1), new ConversionCounts(n2, x2));

        Assert.Equal(reason, result.Why?.Reason);
    }

    [Theory]
    [InlineData(0, 0, 5, 1, Inconclusive.NoUnits)]
    [InlineData(1, 0, 5, 1, Inconclusive.TooFewUnits)]
    [InlineData(5, 0, 5, 0, Inconclusive.ZeroVariance)]
    public void Means_that_allow_no_test_are_inconclusive_with_their_reason(long n1, double v1, long n2, double v2, string reason)
    {
        var (control, treatment) = (new SampleSummary(n1, 1, v1), new SampleSummary(n2, 2, v2));

        Assert.Equal(reason, MeanDifferenceTest.Welch(control, treatment).Why?.Reason);
        Assert.Equal(reason, MeanDifferenceTest.Stratified([new EpochSamples(control, treatment)]).Why?.Reason);
    }

    [Fact]
    public void A_control_mean_of_zero_has_an_effect_but_no_lift()
    {
        var result = MeanDifferenceTest.Welch(new SampleSummary(10, 0, 1), new SampleSummary(10, 1, 1)).Value;

        Assert.Equal(1, result.Effect);
        Assert.Equal(Inconclusive.ZeroControlMean, result.Lift.Why?.Reason);
    }

    [Fact]
    public void Intervals_cover_and_tests_reject_as_often_as_they_say()
    {
        // 2,000 A/A experiments over two epochs with unlike weights and base rates; limits are four standard errors.
        const int Runs = 2000;
        var random = new Random(Seed);
        int rejected = 0, covered = 0;
        for (var run = 0; run < Runs; run++)
        {
            EpochConversions[] epochs =
            [
                new(Draw(random, 900, 0.10), Draw(random, 300, 0.10)),
                new(Draw(random, 200, 0.25), Draw(random, 800, 0.25)),
            ];
            var result = TwoProportionTest.Stratified(epochs).Value;
            rejected += result.P < 0.05 ? 1 : 0;
            covered += result.Interval.Lower <= 0 && result.Interval.Upper >= 0 ? 1 : 0;
        }

        Assert.InRange(rejected / (double)Runs, 0.03, 0.07);
        Assert.InRange(covered / (double)Runs, 0.93, 0.97);
    }

    private static ConversionCounts Draw(Random random, int units, double rate)
    {
        var conversions = 0;
        for (var i = 0; i < units; i++)
            conversions += random.NextDouble() < rate ? 1 : 0;
        return new ConversionCounts(units, conversions);
    }

    private static ConversionCounts Conversions(Random random)
    {
        var units = random.NextInt64(1, 1_000_000);
        return new ConversionCounts(units, random.NextInt64(0, units + 1));
    }

    private static SampleSummary Sample(Random random) =>
        new(random.NextInt64(2, 1_000_000), 100 * random.NextDouble(), 1 + 1000 * random.NextDouble());
}
