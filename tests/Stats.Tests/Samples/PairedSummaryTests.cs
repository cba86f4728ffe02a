using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Tests.Samples;

public class PairedSummaryTests
{
    private static readonly double[] X = [12, 15, 9, 20, 14, 11];
    private static readonly double[] Y = [22.5, 27, 19.5, 31, 24, 23];

    [Fact]
    public void Stored_sums_and_raw_values_give_the_same_summary()
    {
        var raw = PairedSummary.FromValues(X, Y).Value;
        var stored = Sums(X, Y).Summarise().Value;

        Assert.Equal(stored.Units, raw.Units);
        Assert.Equal(stored.MeanX, raw.MeanX, 1e-14);
        Assert.Equal(stored.MeanY, raw.MeanY, 1e-14);
        Assert.Equal(stored.VarianceX, raw.VarianceX, 1e-13);
        Assert.Equal(stored.VarianceY, raw.VarianceY, 1e-13);
        Assert.Equal(stored.Covariance, raw.Covariance, 1e-13);
        Assert.Equal(stored.ResidualVariance, raw.ResidualVariance, 1e-14);
        Assert.Equal(16, stored.VarianceY);
        Assert.Equal(14.7, stored.VarianceX);
    }

    [Fact]
    public void What_a_good_covariate_leaves_keeps_its_digits_from_either()
    {
        // y = 1e6 + 3 x + e with e of 1e-4 against x of a million: the residual is 1e-20 of the variance of y.
        double[] e = [1e-4, -1e-4, -1e-4, 1e-4];
        double[] x = [-3e6, -1e6, 1e6, 3e6];
        var y = x.Zip(e, (a, b) => (ExactNumber)(decimal)(1e6 + 3 * a) + ExactNumber.FromDouble(b)).ToArray();
        var sums = x.Zip(y, (a, b) => PairedSums.Of(ExactNumber.FromDouble(a), b)).Aggregate(PairedSums.Empty, (all, one) => all.Add(one));

        var stored = sums.Summarise().Value;

        Assert.Equal(4e-8 / 3, stored.ResidualVariance, 4e-8 * 1e-12);
        Assert.Equal(3, stored.Slope, 1e-15);
    }

    [Theory]
    [InlineData(0.1, 3)]
    [InlineData(1e9 + 0.1, 7)]
    [InlineData(-3.3e-7, 1000)]
    [InlineData(123456.789, 99_999)]
    public void Values_that_are_all_the_same_have_exactly_no_variance(double value, int units)
    {
        var same = Enumerable.Repeat(value, units).ToArray();

        Assert.Equal(0, SampleSummary.FromValues(same).Value.Variance);
        Assert.Equal(0, PairedSummary.FromValues(same, same).Value.Covariance);
    }

    [Theory]
    [InlineData(3, "3", "3", "2", "9", "3", Inconclusive.ImpossibleSums)]
    [InlineData(3, "3", "3", "9", "2", "3", Inconclusive.ImpossibleSums)]
    [InlineData(2, "0", "0", "2", "2", "2.0000000000000001", Inconclusive.ImpossibleCovariance)]
    public void Sums_no_values_could_have_are_refused(long n, string x, string y, string xx, string yy, string xy, string reason)
    {
        Assert.Equal(reason, PairedSums.Parse(n, x, y, xx, yy, xy).Summarise().Why!.Reason);
    }

    [Fact]
    public void Only_sums_that_were_rounded_may_miss_a_perfect_correlation_by_their_rounding()
    {
        var sums = PairedSums.Parse(2, "0", "0", "2", "2", "2.0000000000000001");

        Assert.Equal(0, sums.Summarise(rounded: true).Value.ResidualVariance);
        Assert.False(PairedSums.Parse(2, "0", "0", "2", "2", "2.00000001").Summarise(rounded: true).IsConclusive);
    }

    [Fact]
    public void Without_units_there_is_no_summary()
    {
        Assert.Equal(Inconclusive.NoUnits, PairedSums.Empty.Summarise().Why!.Reason);
        Assert.Equal(Inconclusive.NoUnits, PairedSummary.FromValues([], []).Why!.Reason);
        Assert.Equal(Inconclusive.NoUnits, SampleSummary.FromValues([]).Why!.Reason);
    }

    [Fact]
    public void Sums_that_do_not_fit_a_double_are_refused()
    {
        Assert.Equal(Inconclusive.Overflow, PairedSummary.FromValues([1e200, -1e200], [1, 2]).Why!.Reason);
        Assert.Equal(Inconclusive.Overflow, Sums([1e200, -1e200], [1, 2]).Summarise().Why!.Reason);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(-1e-300)]
    [InlineData(5e-324)]
    [InlineData(1.7976931348623157e308)]
    [InlineData(9007199254740993.0)]
    [InlineData(-0.0)]
    public void A_double_becomes_a_decimal_number_and_back_without_loss(double value)
    {
        Assert.Equal(value, ExactNumber.FromDouble(value).ToDouble());
    }

    private static PairedSums Sums(double[] x, double[] y) =>
        x.Zip(y, (a, b) => PairedSums.Of(ExactNumber.FromDouble(a), ExactNumber.FromDouble(b)))
            .Aggregate(PairedSums.Empty, (all, one) => all.Add(one));
}
