using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.Tests.Frequentist;

public class MannWhitneyTests
{
    private static readonly double[] Control = [1, 2, 2, 3, 5, 5, 5, 8];
    private static readonly double[] Treatment = [2, 3, 4, 5, 6, 7, 8, 8, 9];

    /// <summary>scipy 1.10.1, mannwhitneyu(control, treatment, method="asymptotic").</summary>
    [Fact]
    public void Ties_share_ranks_and_lower_the_variance()
    {
        var test = MannWhitneyTest.Compute(Control, Treatment).Value;

        Assert.Equal(20, test.ControlU);
        Assert.Equal(52, test.TreatmentU);
        Assert.Equal(0.13125749703784115, test.P, 1e-13);
        Assert.True(test.Z > 0);
        Assert.Equal(test.TreatmentU / 72, test.ProbabilityTreatmentLarger);
    }

    [Fact]
    public void Exchanged_variants_change_the_sign_only()
    {
        var (test, swapped) = (MannWhitneyTest.Compute(Control, Treatment).Value, MannWhitneyTest.Compute(Treatment, Control).Value);

        Assert.Equal(test.P, swapped.P);
        Assert.Equal(test.Z, -swapped.Z);
        Assert.Equal(test.ControlU, swapped.TreatmentU);
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        Assert.Equal(Inconclusive.NoUnits, MannWhitneyTest.Compute([], [1]).Why!.Reason);
        Assert.Equal(Inconclusive.ZeroVariance, MannWhitneyTest.Compute([3, 3], [3]).Why!.Reason);
        Assert.Throws<ArgumentOutOfRangeException>(() => MannWhitneyTest.Compute([double.NaN], [1]));
        Assert.Equal(1, MannWhitneyTest.Compute([1, 2], [1, 2]).Value.P);
    }
}
