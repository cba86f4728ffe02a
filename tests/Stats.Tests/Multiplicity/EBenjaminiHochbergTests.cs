using Splitstream.Stats.Multiplicity;

namespace Splitstream.Stats.Tests.Multiplicity;

public class EBenjaminiHochbergTests
{
    /// <summary>By hand at alpha 0.05, m = 4: thresholds 80, 40, 26.67, 20 for the largest to the smallest.</summary>
    [Theory]
    [InlineData(new double[] { 79, 39, 26, 19 }, new[] { false, false, false, false })]
    [InlineData(new double[] { 1, 81, 30, 10 }, new[] { false, true, false, false })]
    [InlineData(new double[] { 27, 79, 39, 1 }, new[] { true, true, true, false })]
    [InlineData(new double[] { 21, 21, 21, 21 }, new[] { true, true, true, true })]
    [InlineData(new double[] { 0, 1000, 0, 0 }, new[] { false, true, false, false })]
    public void The_largest_e_values_are_rejected_together(double[] eValues, bool[] expected) =>
        Assert.Equal(expected, EBenjaminiHochberg.Rejected(eValues.Select(e => Math.Log(e)).ToArray(), 0.05));

    [Fact]
    public void What_is_no_e_value_is_refused()
    {
        Assert.Empty(EBenjaminiHochberg.Rejected([], 0.05));
        Assert.Throws<ArgumentOutOfRangeException>(() => EBenjaminiHochberg.Rejected([double.NaN], 0.05));
        Assert.Throws<ArgumentOutOfRangeException>(() => EBenjaminiHochberg.Rejected([double.PositiveInfinity], 0.05));
        Assert.Throws<ArgumentOutOfRangeException>(() => EBenjaminiHochberg.Rejected([1], 0));
    }

    /// <summary>
    /// 40 hypotheses, 30 true, e-values exp(z - 1/2) that all share one normal draw: dependence does not raise the share of false
    /// discoveries above alpha times the share of true hypotheses.
    /// </summary>
    [Fact]
    public void False_discoveries_stay_below_alpha_under_dependence()
    {
        const int Runs = 20_000;
        var random = new Random(77);
        var sum = 0.0;
        for (var run = 0; run < Runs; run++)
        {
            var shared = Normal(random);
            var logs = Enumerable.Range(0, 40).Select(
                i => 1.5 * (0.8 * shared + 0.6 * Normal(random) + (i < 30 ? 0 : 3)) - 1.125).ToArray();

            var rejected = EBenjaminiHochberg.Rejected(logs, 0.2);

            var all = rejected.Count(r => r);
            sum += all == 0 ? 0 : rejected.Take(30).Count(r => r) / (double)all;
        }

        Assert.InRange(sum / Runs, 0.0001, 0.2);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
