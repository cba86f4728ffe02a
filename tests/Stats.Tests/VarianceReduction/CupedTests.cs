using Splitstream.Stats.Samples;
using Splitstream.Stats.VarianceReduction;

namespace Splitstream.Stats.Tests.VarianceReduction;

public class CupedTests
{
    private static readonly double[] ControlX = [12, 15, 9, 20, 14];
    private static readonly double[] ControlY = [22.5, 27, 19.5, 31, 24];
    private static readonly double[] TreatmentX = [11, 16, 13, 18];
    private static readonly double[] TreatmentY = [24, 30.5, 26, 32];

    [Fact]
    public void The_difference_of_adjusted_means_is_that_of_the_worked_example()
    {
        // numpy 1.24: theta = cov/var over both variants, y - theta x, difference of means, sqrt of the summed variances of the means.
        var result = Cuped.Difference(ControlX, ControlY, TreatmentX, TreatmentY).Value;

        Assert.Equal(1.1401162790697674, result.Theta, 1e-14);
        Assert.Equal(2.754941860465116, result.Effect, 1e-14);
        Assert.Equal(0.41294968414459177, result.StandardError, 1e-14);
    }

    [Fact]
    public void A_slope_within_variants_ignores_what_the_treatment_does_to_the_metric()
    {
        PairedSummary[] Shifted(double effect) =>
        [
            PairedSummary.FromValues(ControlX, ControlY).Value,
            PairedSummary.FromValues(TreatmentX, TreatmentY.Select(y => y + effect).ToArray()).Value,
        ];

        Assert.Equal(Cuped.Theta(Shifted(0)).Value, Cuped.Theta(Shifted(1000)).Value, 1e-12);

        // Control: Sxy 70.5, Sxx 66; treatment: Sxy 34.75, Sxx 29.
        Assert.Equal(105.25 / 95, Cuped.Theta(Shifted(0)).Value, 1e-14);
    }

    [Fact]
    public void The_adjusted_variance_is_that_of_the_adjusted_values_whatever_theta_is()
    {
        var pairs = PairedSummary.FromValues(ControlX, ControlY).Value;
        foreach (var theta in new[] { -2.0, 0, 0.7, 1.1401162790697674, 1e6 })
        {
            var direct = SampleSummary.FromValues(ControlX.Zip(ControlY, (x, y) => y - theta * (x - 10)).ToArray()).Value;

            var adjusted = Cuped.Adjust(pairs, theta, 10).Value;

            Assert.Equal(direct.Mean, adjusted.Mean, Math.Abs(direct.Mean) * 1e-12);
            Assert.Equal(direct.Variance, adjusted.Variance, direct.Variance * 1e-12);
            Assert.Equal(5, adjusted.Units);
        }
    }

    [Fact]
    public void A_small_difference_of_large_values_keeps_its_digits()
    {
        // The shift is a multiple of every value's last bit, so both sets of doubles hold the same differences exactly.
        const double Shift = 1L << 40;
        var plain = Cuped.Difference(ControlX, ControlY, TreatmentX, TreatmentY).Value;

        var shifted = Cuped.Difference(Plus(ControlX), Plus(ControlY), Plus(TreatmentX), Plus(TreatmentY)).Value;

        Assert.Equal(plain.Effect, shifted.Effect, 1e-13);
        Assert.Equal(plain.StandardError, shifted.StandardError, 1e-13);

        static double[] Plus(double[] values) => values.Select(v => v + Shift).ToArray();
    }

    [Fact]
    public void A_constant_covariate_or_metric_explains_nothing()
    {
        Assert.Equal(Inconclusive.ZeroVariance, Cuped.Explain(PairedSummary.FromValues([3, 3, 3], [1, 2, 3]).Value).Why!.Reason);
        Assert.Equal(Inconclusive.ZeroVariance, Cuped.Explain(PairedSummary.FromValues([1, 2, 3], [0.1, 0.1, 0.1]).Value).Why!.Reason);
        Assert.Equal(Inconclusive.ZeroVariance, Cuped.Difference([1, 1], [1, 2], [1, 1], [3, 4]).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, Cuped.Explain(PairedSummary.FromValues([3], [1]).Value).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, Cuped.Difference([1], [1], [1, 2], [3, 4]).Why!.Reason);
    }
}
