using System.Text.RegularExpressions;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Tests.Corpus;

namespace Splitstream.Stats.Tests.Distributions;

public class DistributionPropertyTests
{
    private const int Seed = 4242;

    [Fact]
    public void Quantiles_undo_distribution_functions_in_both_tails()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 400; i++)
        {
            var p = Math.Pow(10, -12 * random.NextDouble());
            if (p >= 1)
                continue;
            var a = Math.Pow(10, -1 + 7 * random.NextDouble());
            var b = Math.Pow(10, -1 + 7 * random.NextDouble());
            foreach (var tail in new[] { Tail.Lower, Tail.Upper })
            {
                Near(p, NormalDistribution.Cdf(NormalDistribution.Quantile(p, tail), tail), 1e-12, "normal");
                Near(p, StudentDistribution.Cdf(StudentDistribution.Quantile(p, a, tail), a, tail), 1e-10, $"t, df {a:R}");
                var x = ChiSquareDistribution.Quantile(p, a, tail);
                if (x > 1e-300)
                    Near(p, ChiSquareDistribution.Cdf(x, a, tail), 1e-10, $"chi-square, df {a:R}");

                // Next to 1 a double cannot resolve x; the logit can, and its mirror image tests the same code.
                var logit = BetaDistribution.QuantileLogit(a, b, p, tail);
                if (Math.Abs(logit) < 600)
                {
                    var (x1, y1) = (1 / (1 + Elementary.Exp(-logit)), 1 / (1 + Elementary.Exp(logit)));
                    var back = x1 < y1
                        ? BetaDistribution.Cdf(a, b, x1, tail)
                        : BetaDistribution.Cdf(b, a, y1, tail == Tail.Lower ? Tail.Upper : Tail.Lower);
                    Near(p, back, 1e-9, $"beta {a:R}, {b:R}, {tail}");
                }
            }
        }
    }

    [Fact]
    public void Tails_sum_to_one()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 400; i++)
        {
            var a = Math.Pow(10, -2 + 8 * random.NextDouble());
            var b = Math.Pow(10, -2 + 8 * random.NextDouble());
            var x = random.NextDouble();
            var z = 16 * x - 8;
            Near(1, BetaDistribution.Cdf(a, b, x, Tail.Lower) + BetaDistribution.Cdf(a, b, x, Tail.Upper), 1e-14, $"beta {a:R} {b:R} {x:R}");
            Near(1, ChiSquareDistribution.Cdf(2 * a * x, a, Tail.Lower) + ChiSquareDistribution.Cdf(2 * a * x, a, Tail.Upper), 1e-14, "chi2");
            Near(1, StudentDistribution.Cdf(z, a, Tail.Lower) + StudentDistribution.Cdf(z, a, Tail.Upper), 1e-14, "t");
            Near(1, NormalDistribution.Cdf(z, Tail.Lower) + NormalDistribution.Cdf(z, Tail.Upper), 1e-14, "normal");
        }
    }

    [Fact]
    public void Student_tends_to_the_normal_distribution()
    {
        foreach (var t in new[] { 0.1, 1, 3, 8, 20 })
        {
            // The first term of the expansion in 1/df, (t^3 + t)/4 times the ratio of density to tail, bounds the difference.
            var normal = NormalDistribution.Cdf(t, Tail.Upper);
            foreach (var df in new[] { 1e6, 1e8, 1e10, 1e12 })
            {
                var bound = 1.5 * (t * t * t + t) / (4 * df) * NormalDistribution.Density(t) / normal + 1e-12;
                Near(normal, StudentDistribution.Cdf(t, df, Tail.Upper), bound, $"t {t}, df {df}");
            }
        }
    }

    [Fact]
    public void Student_is_continuous_where_the_method_changes()
    {
        foreach (var t in new[] { 0.5, 2, 10, 30 })
        {
            var below = StudentDistribution.Cdf(t, 999_999.9999999, Tail.Upper);
            var above = StudentDistribution.Cdf(t, 1_000_000, Tail.Upper);

            // Between them the distribution itself moves by about t^4 / (4 df^2) * 1e-7, far below the tolerance.
            Near(below, above, 1e-10, $"t {t}");
        }
    }

    [Fact]
    public void Elementary_functions_agree_with_the_library_to_two_units_in_the_last_place()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 20_000; i++)
        {
            var x = 1400 * random.NextDouble() - 700;
            Near(Math.Exp(x), Elementary.Exp(x), 4.5e-16, $"exp {x:R}");
            var positive = Math.Pow(10, 600 * random.NextDouble() - 300);
            Near(Math.Log(positive), Elementary.Log(positive), 4.5e-16, $"log {positive:R}");
            var small = (random.NextDouble() - 0.5) * Math.Pow(10, -10 * random.NextDouble());
            Near(Math.Log(1 + small) + (small - (1 + small - 1)) / (1 + small), Elementary.Log1p(small), 1e-15, $"log1p {small:R}");
        }
    }

    [Fact]
    public void No_function_of_the_platform_decides_a_bit_of_a_result()
    {
        // Library functions of other machines round otherwise; only what IEEE 754 defines exactly may be used.
        var forbidden = new Regex(@"\bMath\.(Exp|Log|Log10|Log2|Pow|Sin|Cos|Tan|Sinh|Cosh|Tanh|Asin|Acos|Atan|Cbrt|FusedMultiplyAdd)\w*\(");
        var source = Path.Combine(Repository.Root, "src", "Stats");

        var uses = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => File.ReadLines(file)
                .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && forbidden.IsMatch(line))
                .Select(line => $"{Path.GetFileName(file)}: {line.Trim()}"));

        Assert.Empty(uses);
    }

    [Fact]
    public void Arguments_out_of_range_are_refused_and_never_clamped()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => NormalDistribution.Quantile(0, Tail.Lower));
        Assert.Throws<ArgumentOutOfRangeException>(() => NormalDistribution.Quantile(double.NaN, Tail.Lower));
        Assert.Throws<ArgumentOutOfRangeException>(() => BetaDistribution.Cdf(0, 1, 0.5, Tail.Lower));
        Assert.Throws<ArgumentOutOfRangeException>(() => BetaDistribution.Cdf(1, 1, 1.0000001, Tail.Lower));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChiSquareDistribution.Cdf(-1, 1, Tail.Lower));
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentDistribution.Cdf(1, double.PositiveInfinity, Tail.Lower));
    }

    private static void Near(double expected, double actual, double relative, string what) =>
        Assert.True(
            Math.Abs(actual - expected) <= relative * Math.Abs(expected),
            $"{what}: got {actual:R}, expected {expected:R} (seed {Seed})");
}
