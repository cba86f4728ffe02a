using Splitstream.Stats.Bandits;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Tests.Bandits;

public class AllocationWeightsTests
{
    private static readonly BetaPosterior[] Rates = [new(11, 91), new(14, 88), new(16, 86)];
    private static readonly NormalPosterior[] Means = [new(1, 0.5), new(1.4, 0.8), new(0.7, 1.1)];

    [Fact]
    public void Thompson_weights_are_probabilities_of_being_best_above_a_floor()
    {
        var two = AllocationWeights.Thompson(Rates[..2], 0.1);

        var better = BetaComparison.ProbabilityBetter(Rates[0], Rates[1]).BGreater;
        Assert.Equal(0.1 + 0.8 * better, two[1], 1e-12);
        foreach (var floor in (double[])[0, 0.05, 1.0 / 3])
        {
            foreach (var weights in (IReadOnlyList<double>[])[
                AllocationWeights.Thompson(Rates, floor), AllocationWeights.Thompson(Means, floor),
                AllocationWeights.TopTwo(Rates, floor), AllocationWeights.TopTwo(Means, floor, 0.7)])
            {
                Assert.Equal(1, weights.Sum(), 1e-12);
                Assert.All(weights, weight => Assert.True(weight >= floor));
            }
        }
    }

    /// <summary>400,000 draws of the algorithms themselves: the largest Monte Carlo error is 0.0008.</summary>
    [Fact]
    public void Weights_are_those_of_the_sampling_algorithms()
    {
        const int Draws = 400_000;
        var random = new Random(42);
        double[] thompson = new double[3], topTwo = new double[3];
        for (var draw = 0; draw < Draws; draw++)
        {
            var best = Best(random);
            thompson[best] += 1.0 / Draws;
            var chosen = best;
            if (random.NextDouble() >= 0.7)
            {
                while (chosen == best)
                    chosen = Best(random);
            }

            topTwo[chosen] += 1.0 / Draws;
        }

        Assert.All(AllocationWeights.Thompson(Means, 0).Zip(thompson), pair => Assert.Equal(pair.Second, pair.First, 0.004));
        Assert.All(AllocationWeights.TopTwo(Means, 0, 0.7).Zip(topTwo), pair => Assert.Equal(pair.Second, pair.First, 0.004));
    }

    [Fact]
    public void An_all_but_certain_leader_leaves_half_to_the_runner_up()
    {
        var weights = AllocationWeights.TopTwo([new NormalPosterior(0, 1), new NormalPosterior(30, 1), new NormalPosterior(12, 1)], 0);

        Assert.Equal(0.5, weights[1], 1e-7);
        Assert.Equal(0.5, weights[2], 1e-7);
        Assert.All(AllocationWeights.TopTwo([new NormalPosterior(0, 1), new NormalPosterior(900, 1)], 0), w => Assert.Equal(0.5, w, 1e-9));
    }

    /// <summary>Ten batches of 1,000 units at rates 10, 10 and 12 %: what Thompson sampling gives up against an even split.</summary>
    [Fact]
    public void Thompson_sampling_regrets_less_than_an_even_split()
    {
        double[] rates = [0.10, 0.10, 0.12];
        var random = new Random(8);
        double regret = 0, even = 0;
        for (var run = 0; run < 40; run++)
        {
            var beliefs = Enumerable.Repeat(BetaPosterior.Uniform, 3).ToArray();
            for (var batch = 0; batch < 10; batch++)
            {
                var weights = AllocationWeights.Thompson(beliefs, 0.01);
                for (var variant = 0; variant < 3; variant++)
                {
                    var units = (int)(1000 * weights[variant]);
                    var converted = Enumerable.Range(0, units).Count(_ => random.NextDouble() < rates[variant]);
                    beliefs[variant] = beliefs[variant].Update(new ConversionCounts(units, converted));
                    regret += units * (0.12 - rates[variant]);
                    even += 1000 / 3.0 * (0.12 - rates[variant]);
                }
            }
        }

        // Seen: 0.40.
        Assert.InRange(regret / even, 0.2, 0.7);
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        Assert.Equal([1.0], AllocationWeights.TopTwo([new BetaPosterior(3, 4)], 0.2));
        Assert.Throws<ArgumentException>(() => AllocationWeights.Thompson(Array.Empty<BetaPosterior>(), 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => AllocationWeights.Thompson(Rates, 0.34));
        Assert.Throws<ArgumentOutOfRangeException>(() => AllocationWeights.Thompson(Rates, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => AllocationWeights.TopTwo(Rates, 0, 1));
    }

    private static int Best(Random random)
    {
        var values = Means.Select(belief => belief.Mean + belief.StandardDeviation
            * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())).ToArray();
        return Array.IndexOf(values, values.Max());
    }
}
