using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Multiplicity;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Srm;

namespace Splitstream.Stats.Tests;

/// <summary>
/// The experiment of the mobile game Cookie Cats, 90,189 players: gate at level 30 (control) against 40. Counts and reference values
/// are those published with the data (DataCamp; recomputed with SciPy 1.10), to the ten digits given there.
/// </summary>
public class CookieCatsTests
{
    private const double Digits = 1e-6;

    private static readonly ConversionCounts Day1Control = new(44700, 20034);
    private static readonly ConversionCounts Day1Treatment = new(45489, 20119);
    private static readonly ConversionCounts Day7Control = new(44700, 8502);
    private static readonly ConversionCounts Day7Treatment = new(45489, 8279);

    // Sum and sum of squares of rounds played, exact integers counted from the file.
    private static readonly ExactSums RoundsControl = ExactSums.Parse(44700, "2344795", "3068811771");
    private static readonly ExactSums RoundsTreatment = ExactSums.Parse(45489, "2333530", "605052202");

    [Fact]
    public void The_sample_ratio_is_suspicious_but_below_the_alarm_line()
    {
        var srm = SampleRatioTest.Compute([44700, 45489], [1, 1]).Value;

        Near(6.90240495, srm.Statistic);
        Assert.Equal(1, srm.DegreesOfFreedom);
        Near(0.008607987811, srm.P);
    }

    [Fact]
    public void Retention_after_one_day_does_not_differ_significantly()
    {
        var test = TwoProportionTest.Compute(Day1Control, Day1Treatment).Value;

        Near(-0.005905169787, test.Effect);
        Near(0.00330989228, test.StandardError);
        Near(-1.784086225, test.Z);
        Near(0.0744096553, test.P);
        Near(-0.01239243945, test.Interval.Lower);
        Near(0.0005820998748, test.Interval.Upper);
        Near(-0.01317565586, test.Lift.Value.Lift);
        Near(-0.027554099, test.Lift.Value.Interval.Lower);
        Near(0.001202787282, test.Lift.Value.Interval.Upper);
    }

    [Fact]
    public void Retention_after_seven_days_falls()
    {
        var test = TwoProportionTest.Compute(Day7Control, Day7Treatment).Value;

        Near(0.1902013423, test.ControlRate);
        Near(0.182000044, test.TreatmentRate);
        Near(-0.008201298315, test.Effect);
        Near(-3.164358913, test.Z);
        Near(0.001554249976, test.P);
        Near(-0.01328155242, test.Interval.Lower);
        Near(-0.003121044212, test.Interval.Upper);
        Near(-0.0431190349, test.Lift.Value.Lift);
        Near(-0.06924457701, test.Lift.Value.Interval.Lower);
        Near(-0.01699349278, test.Lift.Value.Interval.Upper);
        Near(10.01316733, ChiSquareTest.TwoByTwo(8502, 44700 - 8502, 8279, 45489 - 8279).Value.Statistic);
    }

    [Theory]
    [InlineData(1, 0.03720602518, 0.005954127553, 4.917717964e-05)]
    [InlineData(7, 0.0007773386646, 0.00820172596, 5.478131606e-07)]
    public void Posteriors_agree_with_numerical_integration(int day, double better, double lossOfTreatment, double lossOfControl)
    {
        var (c, t) = day == 1 ? (Day1Control, Day1Treatment) : (Day7Control, Day7Treatment);
        var (control, treatment) = (BetaPosterior.Uniform.Update(c), BetaPosterior.Uniform.Update(t));

        var probability = BetaComparison.ProbabilityBetter(control, treatment);
        var loss = BetaComparison.ExpectedLoss(control, treatment);
        var best = BestOf.Compute([control, treatment]);

        Near(better, probability.BGreater);
        Near(lossOfTreatment, loss.ChooseB);
        Near(lossOfControl, loss.ChooseA);
        Near(better, best[1].ProbabilityBest);
        Near(lossOfTreatment, best[1].ExpectedLoss);
    }

    [Fact]
    public void Rounds_played_do_not_differ_significantly()
    {
        var control = RoundsControl.Summarise().Value;
        var treatment = RoundsTreatment.Summarise().Value;

        var test = MeanDifferenceTest.Welch(control, treatment).Value;

        Near(52.45626398, control.Mean);
        Near(65903.3219, control.Variance);
        Near(51.29877553, treatment.Mean);
        Near(10669.73642, treatment.Variance);
        Near(-1.157488454, test.Effect);
        Near(1.307250417, test.StandardError);
        Near(58595.48142, test.DegreesOfFreedom);
        Near(-0.8854374331, test.T);
        Near(0.3759243841, test.P);
        Near(-3.719705116, test.Interval.Lower);
        Near(1.404728209, test.Interval.Upper);
        Near(-0.0220657814, test.Lift.Value.Lift);
        Near(-0.06998117972, test.Lift.Value.Interval.Lower);
        Near(0.02584961693, test.Lift.Value.Interval.Upper);
    }

    [Fact]
    public void One_absurd_player_is_taken_out_of_exact_sums_without_a_trace()
    {
        var without = new ExactSums(44699, RoundsControl.Sum - 49854L, RoundsControl.SumSquares - (ExactNumber)49854L * 49854L);

        var test = MeanDifferenceTest.Welch(without.Summarise().Value, RoundsTreatment.Summarise().Value).Value;

        Near(10415.75329, without.Summarise().Value.Variance);
        Near(-0.06337426313, test.T);
        Near(0.9494686215, test.P);
    }

    [Fact]
    public void Adjusted_p_values_of_the_three_metrics_are_the_published_ones()
    {
        double[] p = [0.0744096553, 0.001554249976, 0.6151936131];

        Assert.All(
            PValueAdjustment.Adjust(AdjustmentMethod.Holm, p).Zip([0.1488193106, 0.004662749927, 0.6151936131]),
            pair => Near(pair.Second, pair.First));
        Assert.All(
            PValueAdjustment.Adjust(AdjustmentMethod.BenjaminiHochberg, p).Zip([0.1116144829, 0.004662749927, 0.6151936131]),
            pair => Near(pair.Second, pair.First));
    }

    private static void Near(double expected, double actual) =>
        Assert.True(Math.Abs(actual - expected) <= Digits * Math.Abs(expected), $"got {actual:R}, expected {expected:R}");
}
