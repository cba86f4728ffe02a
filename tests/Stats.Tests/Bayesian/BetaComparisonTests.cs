using Splitstream.Stats.Bayesian;

namespace Splitstream.Stats.Tests.Bayesian;

public class BetaComparisonTests
{
    private const int Seed = 20240611;

    public static TheoryData<double, double, double, double> RandomPairs()
    {
        var random = new Random(Seed);
        var data = new TheoryData<double, double, double, double>();
        for (var i = 0; i < 30; i++)
        {
            // Parameters from a tenth to a million, evenly in the logarithm.
            double Next() => Math.Pow(10, -1 + 7 * random.NextDouble());
            data.Add(Next(), Next(), Next(), Next());
        }

        data.Add(43, 324, 43, 324);
        data.Add(1, 1, 1, 1);
        data.Add(500000, 4500000, 500100, 4499900);
        data.Add(1, 2, 500000, 4500000);
        return data;
    }

    [Theory]
    [MemberData(nameof(RandomPairs))]
    public void Probabilities_sum_to_one_and_swap_with_the_variants(double alphaA, double betaA, double alphaB, double betaB)
    {
        var (a, b) = (new BetaPosterior(alphaA, betaA), new BetaPosterior(alphaB, betaB));

        var forward = BetaComparison.ProbabilityBetter(a, b);
        var backward = BetaComparison.ProbabilityBetter(b, a);

        Assert.InRange(forward.BGreater, 0, 1);
        Assert.InRange(forward.AGreater, 0, 1);
        Assert.True(Math.Abs(forward.BGreater + forward.AGreater - 1) <= 1e-12, $"{forward} (seed {Seed})");
        Near(forward.BGreater, backward.AGreater, 1e-10, 1e-300);
        Near(forward.AGreater, backward.BGreater, 1e-10, 1e-300);
    }

    [Theory]
    [MemberData(nameof(RandomPairs))]
    public void Comparing_failures_mirrors_comparing_conversions(double alphaA, double betaA, double alphaB, double betaB)
    {
        var (a, b) = (new BetaPosterior(alphaA, betaA), new BetaPosterior(alphaB, betaB));

        var conversions = BetaComparison.ProbabilityBetter(a, b);
        var failures = BetaComparison.ProbabilityBetter(a.Mirror(), b.Mirror());

        Near(conversions.BGreater, failures.AGreater, 1e-10, 1e-300);
    }

    [Theory]
    [MemberData(nameof(RandomPairs))]
    public void Losses_differ_by_the_difference_of_means_and_are_never_negative(double alphaA, double betaA, double alphaB, double betaB)
    {
        var (a, b) = (new BetaPosterior(alphaA, betaA), new BetaPosterior(alphaB, betaB));

        var loss = BetaComparison.ExpectedLoss(a, b);

        Assert.True(loss.ChooseA >= 0 && loss.ChooseB >= 0, $"{loss} (seed {Seed})");
        Near(b.Mean - a.Mean, loss.ChooseA - loss.ChooseB, 1e-9, 1e-14);
        var swapped = BetaComparison.ExpectedLoss(b, a);
        Near(loss.ChooseB, swapped.ChooseA, 1e-9, 1e-14);
    }

    [Theory]
    [MemberData(nameof(RandomPairs))]
    public void Best_of_two_agrees_with_the_direct_comparison(double alphaA, double betaA, double alphaB, double betaB)
    {
        var (a, b) = (new BetaPosterior(alphaA, betaA), new BetaPosterior(alphaB, betaB));

        var best = BestOf.Compute([a, b]);
        var pair = BetaComparison.ProbabilityBetter(a, b);
        var loss = BetaComparison.ExpectedLoss(a, b);

        Near(pair.BGreater, best[1].ProbabilityBest, 0, 1e-11);
        Near(loss.ChooseB, best[1].ExpectedLoss, 0, 1e-11);
        Near(loss.ChooseA, best[0].ExpectedLoss, 0, 1e-11);
    }

    [Theory]
    [MemberData(nameof(RandomPairs))]
    public void The_interval_of_the_difference_swaps_sign_with_the_variants_and_holds_its_mean(
        double alphaA, double betaA, double alphaB, double betaB)
    {
        // Very skewed beliefs have their mean outside the interval; keep to those with a peak.
        if (Math.Min(Math.Min(alphaA, betaA), Math.Min(alphaB, betaB)) < 2)
            return;
        var (a, b) = (new BetaPosterior(alphaA, betaA), new BetaPosterior(alphaB, betaB));

        var forward = BetaComparison.DifferenceInterval(a, b, 0.95);
        var backward = BetaComparison.DifferenceInterval(b, a, 0.95);

        Assert.InRange(b.Mean - a.Mean, forward.Lower, forward.Upper);
        Near(forward.Lower, -backward.Upper, 1e-7, 1e-12);
        Near(forward.Upper, -backward.Lower, 1e-7, 1e-12);
    }

    [Fact]
    public void The_interval_excludes_zero_exactly_when_the_probability_passes_its_tail()
    {
        // P(B > A) = 0.975 is where the lower end of the 95 % interval touches zero.
        var a = new BetaPosterior(20001, 180001);
        for (var conversions = 20300; conversions <= 20500; conversions += 20)
        {
            var b = new BetaPosterior(conversions + 1, 200001 - conversions);
            var better = BetaComparison.ProbabilityBetter(a, b).BGreater;
            var interval = BetaComparison.DifferenceInterval(a, b, 0.95);
            Assert.Equal(better > 0.975, interval.Lower > 0);
        }
    }

    [Fact]
    public void Twenty_equal_variants_share_the_chance_to_be_best()
    {
        var variants = Enumerable.Repeat(new BetaPosterior(5001, 45001), 20).ToArray();

        var best = BestOf.Compute(variants);

        Assert.All(best, result => Near(0.05, result.ProbabilityBest, 1e-12, 0));
    }

    [Fact]
    public void A_belief_without_data_beside_precise_ones_hides_no_step()
    {
        // P(uniform above both) = 1 - E[max], as the uniform's distribution function is the identity.
        var (a, b) = (new BetaPosterior(500000, 4500000), new BetaPosterior(501000, 4499000));

        var best = BestOf.Compute([a, b, BetaPosterior.Uniform]);
        var pair = BestOf.Compute([a, b]);

        Near(1 - (a.Mean + pair[0].ExpectedLoss), best[2].ProbabilityBest, 0, 1e-11);
    }

    private static void Near(double expected, double actual, double relative, double absolute) =>
        Assert.True(
            Math.Abs(actual - expected) <= relative * Math.Abs(expected) + absolute,
            $"got {actual:R}, expected {expected:R} (seed {Seed})");
}
