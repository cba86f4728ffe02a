using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Tests.Sequential;

public class TwoSampleEProcessTests
{
    private static readonly TwoSampleEProcess Start = TwoSampleEProcess.Start(BetaPosterior.Uniform, 0);

    [Fact]
    public void The_first_block_says_nothing() => Assert.Equal(0, Next(Start, 40, 1, 40, 39).LogEValue);

    [Fact]
    public void A_block_is_bet_on_the_rates_seen_before_it()
    {
        // By hand: th_A = 3/12, th_B = 9/22, block of 6 and 2, th_0 = (6 th_A + 2 th_B)/8.
        double a = 3 / 12.0, b = 9 / 22.0, none = (6 * a + 2 * b) / 8;
        var expected = Math.Log(a / none) + 5 * Math.Log((1 - a) / (1 - none)) + 2 * Math.Log(b / none);

        var process = Next(Next(Start, 10, 2, 20, 8), 6, 1, 2, 2);

        Assert.Equal(expected, process.LogEValue, 13);
    }

    [Fact]
    public void Shrinkage_draws_both_rates_to_their_middle()
    {
        // 12 units per variant (harmonic mean of 10 and 15) and a shrinkage of 36: a quarter of the difference is believed.
        double a = 3 / 12.0, b = 9 / 17.0, middle = (a + b) / 2;
        (a, b) = (middle - (b - a) / 8, middle + (b - a) / 8);
        var none = (6 * a + 2 * b) / 8;
        var expected = Math.Log(a / none) + 5 * Math.Log((1 - a) / (1 - none)) + 2 * Math.Log(b / none);

        var process = Next(Next(TwoSampleEProcess.Start(BetaPosterior.Uniform, 36), 10, 2, 15, 8), 6, 1, 2, 2);

        Assert.Equal(expected, process.LogEValue, 13);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(0, 4, 1)]
    [InlineData(20, 3, 5)]
    public void At_equal_rates_the_mean_of_the_evidence_after_any_block_is_at_most_one(
        double shrinkage, int controlUnits, int treatmentUnits)
    {
        var before = Next(TwoSampleEProcess.Start(new BetaPosterior(0.5, 2), shrinkage), 7, 0, 9, 6);
        for (var rate = 0.0; rate <= 1; rate += 0.05)
        {
            var mean = 0.0;
            for (var c = 0; c <= controlUnits; c++)
            {
                for (var t = 0; t <= treatmentUnits; t++)
                {
                    var evidence = Math.Exp(Next(before, controlUnits, c, treatmentUnits, t).LogEValue);
                    mean += Mass(controlUnits, c, rate) * Mass(treatmentUnits, t, rate) * evidence;
                }
            }

            Assert.True(mean <= 1 + 1e-12, $"{mean:R} at the rate {rate}");
        }
    }

    [Fact]
    public void Units_of_one_variant_alone_change_what_is_known_and_not_the_evidence()
    {
        var process = Next(Next(Start, 10, 2, 20, 8), 50, 50, 0, 0);

        Assert.Equal(0, process.LogEValue);
        Assert.Equal(new ConversionCounts(60, 52), process.Control);
    }

    [Fact]
    public void Variants_changed_over_give_the_same_evidence()
    {
        var one = Next(Next(Start, 100, 12, 80, 20), 30, 3, 50, 13);
        var other = Next(Next(Start, 80, 20, 100, 12), 50, 13, 30, 3);

        Assert.Equal(one.LogEValue, other.LogEValue, 13);
        Assert.True(one.LogEValue > 0);
    }

    [Fact]
    public void A_real_difference_is_found()
    {
        var process = TwoSampleEProcess.Start(BetaPosterior.Uniform, 500);
        for (var look = 0; look < 40; look++)
            process = Next(process, 100, 10, 100, 14);

        Assert.True(process.LogEValue > Math.Log(20), $"{process.LogEValue:R}");
    }

    [Fact]
    public void Impossible_arguments_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => TwoSampleEProcess.Start(BetaPosterior.Uniform, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => TwoSampleEProcess.Start(BetaPosterior.Uniform, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Start.Look(new ConversionCounts(1, 2), new ConversionCounts(1, 1)));
        Assert.Throws<OverflowException>(() => Next(Next(Start, long.MaxValue, 0, 1, 0), 1, 0, 1, 0));
    }

    [Fact]
    public void Evidence_beyond_a_double_is_no_number()
    {
        var certain = TwoSampleEProcess.Start(new BetaPosterior(1e-320, 1), 0);

        var result = Next(certain, 5, 0, 5, 5).Look(new ConversionCounts(long.MaxValue / 2, 0), new ConversionCounts(1, 1));

        Assert.Equal(Inconclusive.Overflow, result.Why?.Reason);
    }

    private static TwoSampleEProcess Next(
        TwoSampleEProcess process, long controlUnits, long control, long treatmentUnits, long treatment) => process.Look(
        new ConversionCounts(controlUnits, control), new ConversionCounts(treatmentUnits, treatment)).Value;

    private static double Mass(int units, int conversions, double rate)
    {
        var ways = 1.0;
        for (var i = 0; i < conversions; i++)
            ways = ways * (units - i) / (i + 1);
        return ways * Math.Pow(rate, conversions) * Math.Pow(1 - rate, units - conversions);
    }
}
