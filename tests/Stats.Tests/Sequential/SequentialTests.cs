using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Tests.Sequential;

public class SequentialTests
{
    private const int Seed = 31;

    [Fact]
    public void The_confidence_sequence_is_narrowest_near_the_number_of_units_it_was_tuned_for()
    {
        double Width(long optimal) => AsymptoticConfidenceSequence.Compute(0, 1, 20000, optimal, 0.05).Value.HalfWidth;

        var tuned = Width(20000);

        foreach (var other in new long[] { 2000, 8000, 50000, 400000 })
            Assert.True(Width(other) > tuned, $"tuned for {other}: {Width(other):R} against {tuned:R}");
        Assert.True(Enumerable.Range(1, 200).Min(k => Width(500L * k)) > tuned * 0.999);
    }

    [Fact]
    public void Its_e_value_passes_one_over_alpha_exactly_when_the_interval_excludes_zero()
    {
        for (var effect = 0.0; effect < 0.1; effect += 0.001)
        {
            var result = AsymptoticConfidenceSequence.ForDifference(effect, 0.01, 5000, 20000, 0.05).Value;

            Assert.Equal(result.LogEValue > Math.Log(1 / 0.05), result.Interval.Lower > 0);
        }
    }

    [Fact]
    public void Watched_at_every_look_it_misses_the_truth_less_often_than_alpha()
    {
        // 600 A/A experiments of a 10 % conversion, 100 looks from 500 to 50,000 units per variant.
        const int Runs = 600;
        var random = new Random(Seed);
        int missed = 0, rejectedByMixture = 0;
        var mixture = new BetaPosterior(10, 90);
        for (var run = 0; run < Runs; run++)
        {
            long units = 0, control = 0, treatment = 0;
            var misses = false;
            var p = AlwaysValidP.Start;
            for (var look = 0; look < 100; look++)
            {
                units += 500;
                control += Binomial(random, 500, 0.1);
                treatment += Binomial(random, 500, 0.1);
                var (c, t) = (new ConversionCounts(units, control), new ConversionCounts(units, treatment));
                var error = Math.Sqrt(c.VarianceOfRate + t.VarianceOfRate);
                var result = AsymptoticConfidenceSequence.ForDifference(t.Rate - c.Rate, error, units, 20000, 0.05).Value;
                misses |= result.Interval.Lower > 0 || result.Interval.Upper < 0;
                p = p.Look(BetaMixture.LogEValueOfEquality(c, t, mixture));
            }

            missed += misses ? 1 : 0;
            rejectedByMixture += p.P < 0.05 ? 1 : 0;
        }

        Assert.True(missed <= 0.05 * Runs, $"{missed} of {Runs} (seed {Seed})");
        Assert.True(missed > 0, $"no miss in {Runs} runs cannot be right (seed {Seed})");
        Assert.True(rejectedByMixture <= 0.05 * Runs, $"{rejectedByMixture} of {Runs} (seed {Seed})");
    }

    [Fact]
    public void The_two_sample_e_value_finds_a_real_difference()
    {
        var evidence = BetaMixture.LogEValueOfEquality(
            new ConversionCounts(20000, 2000), new ConversionCounts(20000, 2400), new BetaPosterior(10, 90));

        Assert.True(evidence > Math.Log(20), $"log e {evidence:R}");
    }

    [Fact]
    public void A_beta_mixture_multiplies_over_increments()
    {
        // e of all data = e of the first part times e of the second with the mixture updated by the first.
        var prior = new BetaPosterior(2, 8);
        var first = new ConversionCounts(120, 17);
        var second = new ConversionCounts(300, 29);

        var whole = BetaMixture.LogEValue(new ConversionCounts(420, 46), prior, 0.12);
        var parts = BetaMixture.LogEValue(first, prior, 0.12) + BetaMixture.LogEValue(second, prior.Update(first), 0.12);

        Assert.Equal(whole, parts, 11);
    }

    [Fact]
    public void An_e_value_has_mean_one_under_the_null()
    {
        // Exactly: the sum over all outcomes of a binomial of 60 units.
        var prior = new BetaPosterior(1, 3);
        var mean = 0.0;
        var probability = Math.Pow(0.7, 60);
        for (var s = 0; s <= 60; s++)
        {
            mean += probability * Math.Exp(BetaMixture.LogEValue(new ConversionCounts(60, s), prior, 0.3));
            probability *= (60.0 - s) / (s + 1) * (0.3 / 0.7);
        }

        Assert.Equal(1, mean, 10);
    }

    [Fact]
    public void Unequal_variants_count_with_their_harmonic_mean()
    {
        Assert.Equal(150, AsymptoticConfidenceSequence.UnitsPerVariant(100, 300));
        Assert.Equal(0, AsymptoticConfidenceSequence.UnitsPerVariant(0, 300));
        Assert.Equal(Inconclusive.ZeroVariance, AsymptoticConfidenceSequence.ForDifference(0, 0, 5, 5, 0.05).Why?.Reason);
    }

    private static int Binomial(Random random, int units, double rate)
    {
        // Jumps from success to success: as exact as tossing every coin, and ten times faster at 10 %.
        var count = 0;
        var position = -1.0;
        while (true)
        {
            position += 1 + Math.Floor(Math.Log(1 - random.NextDouble()) / Math.Log(1 - rate));
            if (position >= units)
                return count;
            count++;
        }
    }
}
