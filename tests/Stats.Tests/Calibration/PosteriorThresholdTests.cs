using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Tests.Calibration;

/// <summary>The quick way to a posterior decision is never another decision than the exact one.</summary>
public sealed class PosteriorThresholdTests
{
    [Theory]
    [InlineData(0.9)]
    [InlineData(0.95)]
    [InlineData(0.995)]
    [InlineData(0.999)]
    [InlineData(0.9999)]
    public void The_expansion_decides_as_the_exact_probability_does(double threshold)
    {
        var quick = new PosteriorThreshold(threshold);
        var random = new RunRandom(7, (ulong)(threshold * 1e6), 0);
        for (var i = 0; i < 12_000; i++)
        {
            // Counts from a handful to a million, rates from 0.1 % to 99.9 %, and effects about where the decision lies.
            var n1 = (long)Math.Exp(3 + (11 * random.Uniform()));
            var n2 = (long)(n1 * Math.Exp(3 * (random.Uniform() - 0.5)));
            var rate = 1 / (1 + Math.Exp(14 * (random.Uniform() - 0.5)));
            var shift = (quick.Deviate + random.Normal()) * Math.Sqrt(rate * (1 - rate) * (1.0 / n1 + 1.0 / n2)) * (random.Uniform() < 0.5 ? 1 : -1);
            var s1 = Math.Clamp((long)(n1 * rate), 0, n1);
            var s2 = Math.Clamp((long)(n2 * (rate + shift)), 0, n2);

            var exact = BetaComparison.ProbabilityBetter(
                BetaPosterior.Uniform.Update(new ConversionCounts(n1, s1)), BetaPosterior.Uniform.Update(new ConversionCounts(n2, s2)));

            var expected = exact.BGreater > threshold ? 1 : exact.AGreater > threshold ? -1 : 0;
            Assert.True(quick.Side(n1, s1, n2, s2) == expected, $"{s1}/{n1} against {s2}/{n2}: {exact}");
        }
    }

    [Theory]
    [InlineData(0.95)]
    [InlineData(0.995)]
    [InlineData(0.9999)]
    public void What_the_screen_lets_go_is_on_neither_side(double threshold)
    {
        var quick = new PosteriorThreshold(threshold);
        var random = new RunRandom(8, (ulong)(threshold * 1e6), 0);
        var close = 0;
        for (var i = 0; i < 200_000; i++)
        {
            var n1 = (long)Math.Exp(5 + (8 * random.Uniform()));
            var n2 = (long)(n1 * Math.Exp(6 * (random.Uniform() - 0.5))) + 200;
            var rate = 1 / (1 + Math.Exp(8 * (random.Uniform() - 0.5)));
            var spread = Math.Sqrt(rate * (1 - rate) * (1.0 / n1 + 1.0 / n2));
            var (s1, s2) = ((long)(n1 * rate), (long)(n2 * (rate + (quick.Screen * spread * (random.Uniform() < 0.5 ? 1 : -1)))));
            if (Math.Min(Math.Min(s1, n1 - s1), Math.Min(s2, n2 - s2)) < PosteriorThreshold.FewestForScreen)
                continue;
            double m1 = (s1 + 1.0) / (n1 + 2), m2 = (s2 + 1.0) / (n2 + 2);
            var plain = Math.Abs(m2 - m1) / Math.Sqrt((m1 * (1 - m1) / (n1 + 3)) + (m2 * (1 - m2) / (n2 + 3)));
            if (plain > quick.Screen)
                continue;
            close++;
            Assert.Equal(0, quick.Side(n1, s1, n2, s2));
        }

        Assert.True(close > 20_000, $"Only {close} cases were near the screen.");
    }
}
