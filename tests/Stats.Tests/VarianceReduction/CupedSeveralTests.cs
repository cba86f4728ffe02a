using Splitstream.Stats.Samples;
using Splitstream.Stats.VarianceReduction;

namespace Splitstream.Stats.Tests.VarianceReduction;

public class CupedSeveralTests
{
    private static readonly double[] X1 = [1, 4, 2, 8, 5, 7, 1, 3, 9, 6, 2, 5];
    private static readonly double[] X2 = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];
    private static readonly double[] Y = [2.5, 7, 3, 15, 11, 8, 4, 4, 19, 10, 2, 6];
    private static readonly int[] Treated = [0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1];

    /// <summary>
    /// numpy 1.24.2 lstsq on centred columns of all units, then scipy 1.10.1 ttest_ind(equal_var=False) of the adjusted values.
    /// </summary>
    [Fact]
    public void Two_covariates_adjust_as_a_regression_on_all_units_does()
    {
        var (control, treatment) = (Of(0), Of(1));

        var pooled = CupedSeveral.Pool([control, treatment]);
        var theta = CupedSeveral.Theta(pooled).Value;
        var test = CupedSeveral.Difference(control, treatment).Value;

        Near(1.884538638287579, theta[0]);
        Near(-0.5662035917281409, theta[1]);
        Near(0.7053200709477201, test.Effect);
        Near(0.7220089493447507, test.T);
        Near(0.49034163146867904, test.P);
        Near(1.5257410570881196, CupedSeveral.Adjust(control, theta, pooled.Means).Value.Variance);
        Near(4.200090582375821, CupedSeveral.Adjust(treatment, theta, pooled.Means).Value.Variance);
    }

    [Fact]
    public void Pooling_variants_equals_taking_all_units_at_once()
    {
        var pooled = CupedSeveral.Pool([Of(0), Of(1)]);
        var all = CupedSeveralMoments.FromRows(Y, [X1, X2]).Value;

        Assert.Equal(all.Units, pooled.Units);
        Near(all.MeanOutcome, pooled.MeanOutcome);
        Near(all.VarianceOutcome, pooled.VarianceOutcome);
        Near(all.Covariances[1], pooled.Covariances[1]);
        Near(all.Matrix[0][1], pooled.Matrix[0][1]);
    }

    [Fact]
    public void One_covariate_is_plain_cuped()
    {
        double[] Values(double[] column, int variant) => [.. column.Where((_, i) => Treated[i] == variant)];
        var plain = Cuped.Difference(Values(X1, 0), Values(Y, 0), Values(X1, 1), Values(Y, 1)).Value;

        var several = CupedSeveral.Difference(Of(0, X1), Of(1, X1)).Value;

        Near(plain.Effect, several.Effect);
        Near(plain.StandardError, several.StandardError);
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        double[] twice = [.. X1.Select(x => 2 * x)];

        Assert.Equal(Inconclusive.RankDeficient, CupedSeveral.Difference(Of(0, X1, twice), Of(1, X1, twice)).Why!.Reason);
        Assert.Equal(Inconclusive.RankDeficient, CupedSeveral.Difference(Of(0, new double[12]), Of(1, new double[12])).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, CupedSeveralMoments.FromRows([1], [[1]]).Why!.Reason);
        Assert.Equal(Inconclusive.NoUnits, CupedSeveralMoments.FromRows([], [[]]).Why!.Reason);
        Assert.Equal(Inconclusive.Overflow, CupedSeveralMoments.FromRows([1e200, -1e200], [[1, 2]]).Why!.Reason);
        Assert.Throws<ArgumentException>(() => CupedSeveralMoments.FromRows([1, 2], []));
        Assert.Throws<ArgumentException>(() => CupedSeveralMoments.FromRows([1, 2], [[1]]));
        Assert.Throws<ArgumentOutOfRangeException>(() => CupedSeveralMoments.FromRows([1, double.NaN], [[1, 2]]));
        Assert.Throws<ArgumentException>(() => CupedSeveral.Pool([Of(0), Of(1, X1)]));
        Assert.Throws<ArgumentException>(() => CupedSeveral.Adjust(Of(0), [1], [1]));
    }

    /// <summary>By hand: weights 0.6 and 0.4; effects 2 and 5; variances of means 4/10 + 9/20 and 1/10 + 4/10.</summary>
    [Fact]
    public void Strata_weigh_by_their_share_of_units()
    {
        PostStratum[] strata =
        [
            new(new SampleSummary(10, 1, 4), new SampleSummary(20, 3, 9)),
            new(new SampleSummary(10, 7, 1), new SampleSummary(10, 12, 4)),
            new(SampleSummary.Empty, SampleSummary.Empty),
        ];

        var result = PostStratification.Compute(strata).Value;

        Assert.Equal(2, result.Strata);
        Near(0.6 * 2 + 0.4 * 5, result.Effect);
        Near(Math.Sqrt(0.36 * 0.85 + 0.16 * 0.5), result.StandardError);
        var curvature = 0.144 * 0.144 / 9 + 0.162 * 0.162 / 19 + 0.016 * 0.016 / 9 + 0.064 * 0.064 / 9;
        Near(0.386 * 0.386 / curvature, result.DegreesOfFreedom);
    }

    [Fact]
    public void Strata_without_two_units_in_each_variant_are_refused()
    {
        var whole = new PostStratum(new SampleSummary(10, 1, 4), new SampleSummary(20, 3, 9));

        Assert.Equal(Inconclusive.TooFewUnits, PostStratification.Compute([whole, new(new(1, 1, 0), new(20, 3, 9))]).Why!.Reason);
        Assert.Equal(Inconclusive.NoUnits, PostStratification.Compute([]).Why!.Reason);
        Assert.Equal(Inconclusive.ZeroVariance, PostStratification.Compute([new(new(5, 1, 0), new(5, 3, 0))]).Why!.Reason);
    }

    private static CupedSeveralMoments Of(int variant) => Of(variant, X1, X2);

    private static CupedSeveralMoments Of(int variant, params double[][] columns) => CupedSeveralMoments.FromRows(
        [.. Y.Where((_, i) => Treated[i] == variant)],
        [.. columns.Select(column => column.Where((_, i) => Treated[i] == variant).ToArray())]).Value;

    private static void Near(double expected, double actual) =>
        Assert.True(Math.Abs(actual - expected) <= 1e-11 * Math.Abs(expected), $"got {actual:R}, expected {expected:R}");
}
