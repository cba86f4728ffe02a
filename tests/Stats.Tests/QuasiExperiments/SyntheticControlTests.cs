using Splitstream.Stats.QuasiExperiments;

namespace Splitstream.Stats.Tests.QuasiExperiments;

public class SyntheticControlTests
{
    /// <summary>Donors over eight periods before; rounded draws of numpy 1.24 default_rng(5).</summary>
    private static readonly double[][] Donors =
    [
        [7.6, 8.3, 7.1, 8.1, 11.2, 6.1, 6.7, 4.0],
        [6.0, 7.6, 14.8, 8.5, 12.5, 10.1, 5.9, 10.8],
        [9.3, 12.2, 10.6, 7.9, 5.1, 9.9, 10.7, 6.7],
        [11.3, 14.9, 4.8, 11.7, 9.2, 9.1, 6.7, 10.1],
        [13.4, 10.8, 9.7, 9.8, 7.1, 6.9, 13.5, 10.1],
        [10.3, 6.3, 6.5, 8.2, 9.5, 8.8, 12.1, 4.0],
    ];

    private static readonly double[] Treated = [7.2, 8.6, 11.1, 7.0, 11.1, 7.0, 6.9, 5.7];

    /// <summary>scipy 1.10.1, minimize(method="SLSQP", ftol=1e-15), best of five starts.</summary>
    [Fact]
    public void Weights_are_those_of_another_solver()
    {
        var result = SyntheticControl.Compute(With([.. Treated, 10]), 0, 8).Value;

        double[] expected = [0, 0.5798724466234983, 0.3272940012549482, 0.09283355212166773, 0, 0, 0];
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], result.Weights[i], 1e-6);
        Assert.Equal(4.025682290007204, 8 * result.ErrorBefore * result.ErrorBefore, 1e-10);
    }

    /// <summary>Karush, Kuhn and Tucker: the gradient is the same for every weight in use and not smaller for the others.</summary>
    [Fact]
    public void Random_panels_are_solved_to_the_exact_optimum()
    {
        var random = new Random(20260101);
        for (var run = 0; run < 200; run++)
        {
            var (units, before) = (2 + random.Next(40), 1 + random.Next(25));
            var panel = new Panel(Enumerable.Range(0, units)
                .Select(_ => Enumerable.Range(0, before + 1).Select(_ => 50 + 20 * random.NextDouble()).ToArray()).ToArray());

            var result = SyntheticControl.Compute(panel, 0, before).Value;

            var gradient = Enumerable.Range(0, units).Select(unit => Enumerable.Range(0, before)
                .Sum(period => (panel[0, period] - panel[unit, period]) * result.Gaps[period])).ToArray();
            var objective = Enumerable.Range(0, before).Sum(period => result.Gaps[period] * result.Gaps[period]);
            Assert.Equal(1, result.Weights.Sum(), 1e-12);
            Assert.All(result.Weights, weight => Assert.InRange(weight, 0, 1));
            for (var unit = 1; unit < units; unit++)
            {
                Assert.True(gradient[unit] >= objective - 1e-8, $"run {run}: unit {unit} would improve the fit");
                Assert.True(result.Weights[unit] == 0 || gradient[unit] <= objective + 1e-8, $"run {run}: unit {unit} has weight in vain");
            }
        }
    }

    [Fact]
    public void A_convex_combination_is_recovered_with_its_effect()
    {
        var treated = Enumerable.Range(0, 8).Select(t => 0.25 * Donors[1][t] + 0.75 * Donors[4][t]).ToArray();
        var panel = With([.. treated, 0.25 * 10 + 0.75 * 10 + 3]);

        var result = SyntheticControl.Compute(panel, 0, 8).Value;

        Assert.Equal(0.25, result.Weights[2], 1e-12);
        Assert.Equal(0.75, result.Weights[5], 1e-12);
        Assert.Equal(3, result.AverageEffect, 1e-12);
        Assert.Equal(Inconclusive.ZeroVariance, result.ErrorRatio.Why!.Reason);
        Assert.Equal(Inconclusive.ZeroVariance, SyntheticControl.PlaceboInSpace(panel, 0, 8).Why!.Reason);
    }

    [Fact]
    public void Equal_donors_do_no_harm()
    {
        double[][] rows = [[1, 2, 3, 9], [0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]];

        var result = SyntheticControl.Compute(new Panel(rows), 0, 3).Value;

        Assert.Equal(1, result.ErrorBefore, 1e-12);
        Assert.Equal(6, result.AverageEffect, 1e-12);
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        var panel = With([.. Treated, 10]);

        Assert.Equal(Inconclusive.TooFewVariants, SyntheticControl.Compute(new Panel([[1, 2, 3]]), 0, 2).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewVariants, SyntheticControl.PlaceboInSpace(new Panel([[1, 2, 3], [1, 3, 2]]), 0, 2).Why!.Reason);
        Assert.Throws<ArgumentOutOfRangeException>(() => SyntheticControl.Compute(panel, 7, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => SyntheticControl.Compute(panel, 0, 9));
        Assert.Throws<ArgumentOutOfRangeException>(() => SyntheticControl.Compute(panel, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Panel([[1, double.NaN]]));
        Assert.Throws<ArgumentException>(() => new Panel([[1, 2], [1]]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Panel([]));
    }

    private static Panel With(double[] treated) => new([treated, .. Donors.Select(donor => (double[])[.. donor, 10])]);
}
