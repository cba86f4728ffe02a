using Splitstream.Stats.Regression;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Tests.Regression;

/// <summary>Reference values: statsmodels 0.13.5, OLS(y, add_constant([x1, x2])).fit() and its get_robustcov_results.</summary>
public class LinearRegressionTests
{
    private static readonly double[] X1 = [1, 4, 2, 8, 5, 7, 1, 3, 9, 6, 2, 5];
    private static readonly double[] X2 = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];
    private static readonly double[] Y = [2.5, 7, 3, 15, 11, 8, 4, 4, 19, 10, 2, 6];
    private static readonly int[] Clusters = [1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 5];

    private static RegressionFit Fit => LinearRegression.Fit(Y, [X1, X2]).Value;

    [Fact]
    public void Coefficients_and_classical_errors_are_those_of_statsmodels()
    {
        Near([1.7551699117184723, 1.8845386382875808, -0.5662035917281423], Fit.Coefficients);
        Near([1.3058307960919424, 0.20713052676410415, 0.22164390774085935], Errors(Fit.Classical()));
        Assert.Equal(9, Fit.Classical().DegreesOfFreedom);
    }

    [Fact]
    public void Errors_for_unequal_variances_are_those_of_statsmodels() =>
        Near([1.2149601884224464, 0.24056172324946576, 0.19883270773374992], Errors(Fit.HeteroskedasticityRobust()));

    [Fact]
    public void Errors_for_clusters_are_those_of_statsmodels()
    {
        var covariance = Fit.ClusterRobust(Clusters).Value;

        Near([1.5646620421609643, 0.22786964721806718, 0.2500574740657527], Errors(covariance));
        var test = covariance.Test(2).Value;
        Near([-2.26429381422632, 0.08626989083786328, 4], [test.T, test.P, test.DegreesOfFreedom]);
        Near([-1.2604744416161267, 0.1280672581598422], [test.Interval.Lower, test.Interval.Upper]);
    }

    [Fact]
    public void Several_coefficients_are_tested_together()
    {
        var classical = Fit.Classical().TestTogether([1, 2]).Value;
        var clustered = Fit.ClusterRobust(Clusters).Value.TestTogether([1, 2]).Value;

        Near([41.74694015228569, 2.79629377169286e-05], [classical.F, classical.P]);
        Near([45.53824129570074, 0.0017700020521783312], [clustered.F, clustered.P]);
        Assert.Equal((2, 4), (clustered.NumeratorDegrees, clustered.DenominatorDegrees));
    }

    [Fact]
    public void A_large_mean_costs_no_digits()
    {
        var shifted = LinearRegression.Fit(Y.Select(y => y + 1e9).ToArray(), [X1.Select(x => x + 1e8).ToArray(), X2]).Value;

        Assert.Equal(1.8845386382875808, shifted.Coefficients[1], 1e-7);
        Assert.Equal(0.20713052676410415, shifted.Classical().StandardError(1), 1e-7);
    }

    [Fact]
    public void No_column_fits_the_mean()
    {
        var fit = LinearRegression.Fit(Y, []).Value;

        Assert.Equal(Y.Average(), fit.Coefficients.Single(), 1e-12);
        Assert.Equal(Math.Sqrt(Y.Sum(y => Math.Pow(y - Y.Average(), 2)) / 11 / 12), fit.Classical().StandardError(0), 1e-12);
    }

    [Fact]
    public void Columns_that_depend_on_each_other_have_no_coefficients()
    {
        Assert.Equal(Inconclusive.RankDeficient, Reason([X1, X1.Select(x => 3 - 2 * x).ToArray()]));
        Assert.Equal(Inconclusive.RankDeficient, Reason([X1.Select(_ => 7.0).ToArray()]));
        Assert.Equal(Inconclusive.RankDeficient, Reason([X1, X2, X1.Zip(X2, (a, b) => a / 3 + b / 7).ToArray()]));
        Assert.Equal(Inconclusive.RankDeficient, Reason([new double[12]]));

        static string Reason(double[][] columns) => LinearRegression.Fit(Y, columns).Why!.Reason;
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        Assert.Equal(Inconclusive.TooFewUnits, LinearRegression.Fit([1, 2], [[1, 2]]).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, LinearRegression.Fit([], []).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, Fit.ClusterRobust(new int[12]).Why!.Reason);
        Assert.Equal(Inconclusive.Overflow, LinearRegression.Fit([1e200, 2, 3], []).Why!.Reason);
        Assert.Equal(
            Inconclusive.ZeroVariance, LinearRegression.Fit([1, 2, 3], [[1, 2, 3]]).Value.Classical().Test(1).Why?.Reason ?? "none");
        Assert.Equal(
            Inconclusive.RankDeficient, Fit.ClusterRobust(Clusters.Select(c => c % 2).ToArray()).Value.TestTogether([0, 1, 2]).Why!.Reason);
        Assert.Throws<ArgumentOutOfRangeException>(() => LinearRegression.Fit([1, double.NaN, 3], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => LinearRegression.Fit([1, 2, 3], [[1, double.PositiveInfinity, 3]]));
        Assert.Throws<ArgumentException>(() => LinearRegression.Fit([1, 2, 3], [[1, 2]]));
        Assert.Throws<ArgumentException>(() => Fit.ClusterRobust([1, 2]));
    }

    /// <summary>Group means 2, 4, 9 with sizes 3, 3, 3 : mean squares 39 and 1 by hand; scipy 1.10.1, f.sf(39, 2, 6).</summary>
    [Fact]
    public void The_analysis_of_variance_compares_mean_squares()
    {
        SampleSummary[] groups = [new(3, 2, 1), new(3, 4, 1), new(3, 9, 1)];

        var test = OneWayVariance.Test(groups).Value;

        Near([39, 0.0003644314868804664, 2, 6], [test.F, test.P, test.NumeratorDegrees, test.DenominatorDegrees]);
        Assert.Equal(Inconclusive.ZeroVariance, OneWayVariance.Test([new(3, 2, 0), new(3, 4, 0)]).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, OneWayVariance.Test([new(1, 2, 0), new(1, 4, 0)]).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewVariants, OneWayVariance.Test([new(5, 2, 1)]).Why!.Reason);
    }

    /// <summary>Three clusters of 2: means 1, 3, 8, variance 2 inside. MSB = 2 * 13 = 26, MSW = 2, (26 - 2)/(26 + 2) by hand.</summary>
    [Fact]
    public void Likeness_within_clusters_follows_from_mean_squares()
    {
        var alike = OneWayVariance.Correlation([new(2, 1, 2), new(2, 3, 2), new(2, 8, 2)]).Value;

        Near([24.0 / 28, 1 + 24.0 / 28], [alike.Correlation, alike.DesignEffect]);
        Assert.Equal(Inconclusive.TooFewUnits, OneWayVariance.Correlation([new(1, 1, 0), new(1, 3, 0)]).Why!.Reason);
        Assert.Equal(Inconclusive.ZeroVariance, OneWayVariance.Correlation([new(2, 1, 0), new(2, 1, 0)]).Why!.Reason);
    }

    private static double[] Errors(CoefficientCovariance covariance) => [.. Enumerable.Range(0, 3).Select(covariance.StandardError)];

    private static void Near(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance = 1e-11)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
            Assert.True(
                Math.Abs(actual[i] - expected[i]) <= tolerance * Math.Abs(expected[i]),
                $"{i}: got {actual[i]:R}, expected {expected[i]:R}");
    }
}
