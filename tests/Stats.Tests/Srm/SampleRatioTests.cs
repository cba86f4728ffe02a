using Splitstream.Stats.Srm;

namespace Splitstream.Stats.Tests.Srm;

public class SampleRatioTests
{
    private const int Seed = 9;

    [Fact]
    public void Epochs_add_their_statistics_and_degrees_of_freedom()
    {
        var first = SampleRatioTest.Compute([900, 110], [9, 1]).Value;
        var second = SampleRatioTest.Compute([95, 905], [1, 9]).Value;

        var both = SampleRatioTest.Stratified([new([900, 110], [9, 1]), new([95, 905], [1, 9])]).Value;

        Assert.Equal(first.Statistic + second.Statistic, both.Statistic, 12);
        Assert.Equal(2, both.DegreesOfFreedom);
        Assert.Equal(909 + 100, both.Expected[0], 9);
    }

    [Fact]
    public void A_change_of_weights_is_no_mismatch()
    {
        // Pooled 50/50 would look broken; each epoch follows its own plan exactly.
        var srm = SampleRatioTest.Stratified([new([9000, 1000], [0.9, 0.1]), new([500, 4500], [1, 9])]).Value;

        Assert.Equal(1, srm.P, 12);
    }

    [Fact]
    public void A_variant_whose_weight_is_zero_in_one_epoch_is_left_out_of_that_epoch_only()
    {
        var srm = SampleRatioTest.Stratified([new([100, 100, 0], [1, 1, 0]), new([100, 100, 100], [1, 1, 1])]).Value;

        Assert.Equal(1 + 2, srm.DegreesOfFreedom);
        Assert.Equal(0, srm.Statistic);
    }

    [Fact]
    public void What_cannot_be_tested_says_why()
    {
        Assert.Equal(Inconclusive.NoUnits, SampleRatioTest.Compute([0, 0], [1, 1]).Why?.Reason);
        Assert.Equal(Inconclusive.NoUnits, SampleRatioTest.Stratified([]).Why?.Reason);
        Assert.Equal(Inconclusive.TooFewVariants, SampleRatioTest.Compute([10, 0], [1, 0]).Why?.Reason);
        Assert.Equal(Inconclusive.UnitsInZeroWeightVariant, SampleRatioTest.Compute([10, 1], [1, 0]).Why?.Reason);
        Assert.Equal(Inconclusive.UnitsInZeroWeightVariant, MultinomialEProcess.LogBayesFactor([10, 1, 4], [1, 0, 1]).Why?.Reason);
    }

    [Fact]
    public void The_process_of_several_epochs_is_the_product_of_one_each()
    {
        var first = MultinomialEProcess.LogBayesFactor([900, 130], [9, 1]).Value;
        var second = MultinomialEProcess.LogBayesFactor([95, 905], [1, 9]).Value;

        var both = MultinomialEProcess.LogBayesFactor([new([900, 130], [9, 1]), new([95, 905], [1, 9]), new([50, 0], [1, 0])]).Value;

        Assert.Equal(first + second, both, 12);
    }

    [Fact]
    public void The_running_p_value_never_rises_and_starts_at_one()
    {
        Assert.Equal(1, SequentialSampleRatio.Start.P);

        var state = SequentialSampleRatio.Start.Look(3).Look(1).Look(-5);

        Assert.Equal(Math.Exp(-3), state.P, 15);
    }

    [Fact]
    public void Watched_after_every_hundred_units_it_alarms_less_often_than_alpha()
    {
        // 400 sound experiments of 20,000 units, alpha 5 %: at most 5 % plus four standard errors may ever cross.
        const int Runs = 400;
        var random = new Random(Seed);
        var alarms = 0;
        for (var run = 0; run < Runs; run++)
        {
            var counts = new long[2];
            var state = SequentialSampleRatio.Start;
            for (var look = 0; look < 200; look++)
            {
                for (var i = 0; i < 100; i++)
                    counts[random.Next(2)]++;
                state = state.Look(MultinomialEProcess.LogBayesFactor(counts, [1, 1]).Value);
            }

            alarms += state.P < 0.05 ? 1 : 0;
        }

        Assert.True(alarms <= 0.094 * Runs, $"{alarms} of {Runs} alarms (seed {Seed})");
        Assert.True(alarms > 0, $"no alarm in {Runs} runs cannot be right (seed {Seed})");
    }
}
