using Splitstream.Stats.Calibration;
using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.Tests.Calibration;

/// <summary>Draws have the distribution they claim.</summary>
public sealed class RandomTests
{
    [Theory]
    [InlineData(1, 0.3)]
    [InlineData(21, 0.1)]
    [InlineData(333, 0.01)]
    [InlineData(20_000, 0.1)]
    [InlineData(20_000, 0.97)]
    public void Binomial_draws_follow_their_distribution(int trials, double rate)
    {
        const int Draws = 400_000;
        var sampler = new BinomialSampler(trials, rate);
        var random = new RunRandom(11, (ulong)trials, 0);
        var seen = new Dictionary<int, int>();
        for (var i = 0; i < Draws; i++)
        {
            var value = sampler.Draw(ref random);
            seen[value] = seen.GetValueOrDefault(value) + 1;
        }

        // P(X <= k) from the beta distribution, which the sampler does not use; cells of at least 50 expected draws.
        double statistic = 0, expected = 0, observed = 0, before = 0;
        var cells = 0;
        for (var k = 0; k <= trials; k++)
        {
            var below = k == trials ? 1 : BetaDistribution.Cdf(k + 1, trials - k, rate, Tail.Upper);
            expected += Draws * (below - before);
            observed += seen.GetValueOrDefault(k);
            before = below;
            if (expected >= 50 && Draws * (1 - below) >= 50 || k == trials)
            {
                statistic += (observed - expected) * (observed - expected) / expected;
                cells++;
                (expected, observed) = (0, 0);
            }
        }

        Assert.True(cells >= 2);
        Assert.InRange(ChiSquareDistribution.Cdf(statistic, cells - 1, Tail.Upper), 1e-4, 1 - 1e-4);
    }

    [Theory]
    [InlineData(0, 0.5, 0)]
    [InlineData(7, 0, 0)]
    [InlineData(7, 1, 7)]
    public void Certain_outcomes_are_certain(int trials, double rate, int value)
    {
        var random = new RunRandom(1, 2, 3);

        Assert.Equal(value, new BinomialSampler(trials, rate).Draw(ref random));
    }

    [Fact]
    public void Normal_draws_have_the_moments_of_the_normal_distribution()
    {
        const int Draws = 1_000_000;
        var random = new RunRandom(3, 1, 4);
        double first = 0, second = 0, fourth = 0;
        for (var i = 0; i < Draws; i++)
        {
            var x = random.Normal();
            first += x;
            second += x * x;
            fourth += x * x * x * x;
        }

        // Five standard errors each: 1, sqrt 2 and sqrt 96 over sqrt(n).
        Assert.Equal(0, first / Draws, 0.005);
        Assert.Equal(1, second / Draws, 0.0071);
        Assert.Equal(3, fourth / Draws, 0.049);
    }

    [Fact]
    public void Normal_draws_fall_evenly_between_a_thousand_quantiles()
    {
        const int Draws = 10_000_000;
        const int Cells = 1_000;
        var random = new RunRandom(6, 1, 4);
        var seen = new int[Cells];
        for (var i = 0; i < Draws; i++)
            seen[(int)(NormalDistribution.Cdf(random.Normal(), Tail.Lower) * Cells)]++;

        const double Expected = (double)Draws / Cells;
        var statistic = seen.Sum(count => (count - Expected) * (count - Expected) / Expected);
        Assert.InRange(ChiSquareDistribution.Cdf(statistic, Cells - 1, Tail.Upper), 1e-4, 1 - 1e-4);
    }

    [Theory]
    [InlineData(2.5)]
    [InlineData(3.6)]
    [InlineData(3.7)]
    [InlineData(4.2)]
    public void Normal_draws_have_both_tails(double beyond)
    {
        const int Draws = 4_000_000;
        var random = new RunRandom(5, 1, 4);
        int below = 0, above = 0;
        for (var i = 0; i < Draws; i++)
        {
            var x = random.Normal();
            below += x < -beyond ? 1 : 0;
            above += x > beyond ? 1 : 0;
        }

        var expected = Draws * NormalDistribution.Cdf(beyond, Tail.Upper);
        Assert.InRange(below, expected - (5 * Math.Sqrt(expected)), expected + (5 * Math.Sqrt(expected)));
        Assert.InRange(above, expected - (5 * Math.Sqrt(expected)), expected + (5 * Math.Sqrt(expected)));
    }

    [Fact]
    public void Runs_and_streams_differ()
    {
        var first = Enumerable.Range(0, 100)
            .SelectMany(i => new[] { new RunRandom(1, 0, (ulong)i), new RunRandom(1, 1, (ulong)i), new RunRandom(2, 0, (ulong)i) })
            .Select(random => random.Next());

        Assert.Equal(300, first.Distinct().Count());
    }
}
