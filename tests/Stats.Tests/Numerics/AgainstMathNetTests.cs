using MathNet.Numerics;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Tests.Numerics;

/// <summary>A second opinion in the centre of the distributions, from a library written by others.</summary>
public class AgainstMathNetTests
{
    private const int Seed = 12;

    [Fact]
    public void Centres_of_the_distributions_agree_with_MathNet()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 300; i++)
        {
            var a = 0.2 + 50 * random.NextDouble();
            var b = 0.2 + 50 * random.NextDouble();
            var x = random.NextDouble();
            Near(SpecialFunctions.BetaRegularized(a, b, x), BetaDistribution.Cdf(a, b, x, Tail.Lower), 1e-10, $"beta {a:R} {b:R} {x:R}");
            Near(SpecialFunctions.GammaLowerRegularized(a, b), ChiSquareDistribution.Cdf(2 * b, 2 * a, Tail.Lower), 1e-10, $"gamma {a:R} {b:R}");
            Near(SpecialFunctions.GammaLn(a), GammaFunctions.LogGamma(a), 1e-12, $"log-gamma {a:R}");
        }
    }

    private static void Near(double expected, double actual, double tolerance, string what) =>
        Assert.True(Math.Abs(actual - expected) <= tolerance * (1 + Math.Abs(expected)), $"{what}: {actual:R} against {expected:R} (seed {Seed})");
}
