using Splitstream.Properties;

namespace Splitstream.Stats.Tests.Properties;

/// <summary>The random numbers of the studies have the distributions that they claim.</summary>
public sealed class GeneratorTests
{
    private const int Draws = 200_000;

    [Fact]
    public void Streams_repeat_and_differ()
    {
        Assert.Equal(new Pcg(1, 2, 3).Next(), new Pcg(1, 2, 3).Next());
        Assert.NotEqual(new Pcg(1, 2, 3).Next(), new Pcg(1, 2, 4).Next());
        Assert.NotEqual(new Pcg(1, 2, 3).Next(), new Pcg(1, 3, 2).Next());
    }

    [Fact]
    public void Uniform_numbers_have_the_mean_and_variance_of_uniform_ones() =>
        HasMoments(random => random.Uniform(), 0.5, 1 / 12.0);

    [Fact]
    public void Normal_numbers_have_the_mean_and_variance_of_normal_ones() => HasMoments(random => random.Normal(), 0, 1);

    [Theory]
    [InlineData(0.02)]
    [InlineData(7)]
    [InlineData(900)]
    public void Poisson_numbers_have_their_mean_as_mean_and_variance(double mean)
    {
        var table = DiscreteTable.Poisson(mean);
        HasMoments(random => table.Draw(random), mean, mean);
    }

    [Theory]
    [InlineData(20, 0.01)]
    [InlineData(21, 0.5)]
    [InlineData(5_000, 0.9)]
    public void Binomial_numbers_have_their_mean_and_variance(int units, double rate)
    {
        var table = DiscreteTable.Binomial(units, rate);
        HasMoments(random => table.Draw(random), units * rate, units * rate * (1 - rate));
    }

    [Theory]
    [InlineData(0, 0.3)]
    [InlineData(5, 0)]
    public void Without_units_or_rate_nobody_converts(int units, double rate) =>
        Assert.Equal(0, DiscreteTable.Binomial(units, rate).Draw(new Pcg(1, 1, 1)));

    [Fact]
    public void Every_number_of_a_small_binomial_comes_as_often_as_it_should()
    {
        double[] chances = [1, 4, 6, 4, 1];
        var table = DiscreteTable.Binomial(4, 0.5);
        var random = new Pcg(5, 5, 5);
        var counts = new int[5];
        for (var i = 0; i < Draws; i++)
            counts[table.Draw(random)]++;

        // Chi-square with 4 degrees of freedom: above 23.5 once in ten thousand.
        var expected = chances.Select(chance => Draws * chance / 16).ToArray();
        Assert.InRange(expected.Select((e, k) => (counts[k] - e) * (counts[k] - e) / e).Sum(), 0, 23.5);
    }

    [Fact]
    public void Lognormal_numbers_have_their_mean()
    {
        var table = new LognormalTable(1);
        HasMoments(table.Draw, table.Mean, table.Variance, checksVariance: false);
    }

    /// <summary>Both within five standard errors; that of the variance as for a distribution with a kurtosis of at most 60.</summary>
    private static void HasMoments(Func<Pcg, double> draw, double mean, double variance, bool checksVariance = true)
    {
        var random = new Pcg(20261203, 1, 1);
        double sum = 0, squares = 0;
        for (var i = 0; i < Draws; i++)
        {
            var x = draw(random) - mean;
            sum += x;
            squares += x * x;
        }

        Assert.InRange(sum / Draws, -5 * Math.Sqrt(variance / Draws), 5 * Math.Sqrt(variance / Draws));
        if (checksVariance)
            Assert.InRange(squares / Draws / variance, 1 - (5 * Math.Sqrt(60.0 / Draws)), 1 + (5 * Math.Sqrt(60.0 / Draws)));
    }
}
