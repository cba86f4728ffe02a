using Splitstream.Stats.Samples;
using Splitstream.Stats.Segments;

namespace Splitstream.Stats.Tests.Segments;

/// <summary>
/// Reference values: statsmodels 0.13.5 anova_lm(ols("y ~ C(s) * t"), typ=2), scipy 1.10.1 ttest_ind and chi2.sf, fdr_bh.
/// </summary>
public class SegmentEffectsTests
{
    private static readonly SegmentSamples[] Three =
    [
        Of("new", [14.1, 4.9, 10.8, 8.9, 9.1, 9.6], [8.0, 11.5, 10.3, 18.6, 12.5, 11.3, 11.4]),
        Of("returning", [18.7, 17.9, 19.2, 21.0, 19.5], [22.4, 20.1, 20.5, 23.6, 21.6]),
        Of("loyal", [4.0, 4.6, 6.1, 8.9, 4.5, 4.5, 7.0, 3.2], [8.4, 10.8, 10.2, 9.2, 10.3, 3.3]),
    ];

    [Fact]
    public void Every_segment_is_tested_and_the_p_values_are_adjusted_together()
    {
        var effects = SegmentEffects.Compute(Three).Effects;

        double[] raw = [0.19775391135494833, 0.020431931333029417, 0.0332852686774141];
        double[] adjusted = [0.19775391135494833, 0.04992790301612115, 0.04992790301612115];
        for (var i = 0; i < 3; i++)
        {
            Near(raw[i], effects[i].Test.Value.P);
            Near(adjusted[i], effects[i].AdjustedP!.Value);
        }
    }

    [Fact]
    public void Two_tests_say_whether_effects_differ()
    {
        var report = SegmentEffects.Compute(Three);

        Near(0.41487085182680317, report.Heterogeneity.Value.Q);
        Near(0.812665717225202, report.Heterogeneity.Value.P);
        Near(2.6126154131414445, report.Heterogeneity.Value.CommonEffect);
        Near(0.17014082935945254, report.Interaction.Value.F);
        Near(0.8443283634973375, report.Interaction.Value.P);
        Assert.Equal((2, 31), (report.Interaction.Value.NumeratorDegrees, report.Interaction.Value.DenominatorDegrees));
    }

    [Fact]
    public void A_segment_without_a_test_keeps_its_reason_and_takes_part_in_nothing()
    {
        var report = SegmentEffects.Compute([.. Three, new SegmentSamples("tiny", new SampleSummary(1, 3, 0), SampleSummary.Empty)]);

        Assert.Equal(Inconclusive.NoUnits, report.Effects[3].Test.Why!.Reason);
        Assert.Null(report.Effects[3].AdjustedP);
        Near(0.812665717225202, report.Heterogeneity.Value.P);
        Near(0.8443283634973375, report.Interaction.Value.P);
        Assert.Equal(Inconclusive.TooFewUnits, SegmentEffects.Compute(Three[..1]).Heterogeneity.Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, SegmentEffects.Compute([]).Interaction.Why!.Reason);
        Assert.Throws<ArgumentException>(() => SegmentEffects.Compute([Three[0], Three[0]]));
    }

    [Fact]
    public void Conversions_are_values_of_zero_and_one()
    {
        var segment = SegmentSamples.FromConversions("all", new ConversionCounts(4, 1), new ConversionCounts(0, 0));

        Assert.Equal(new SampleSummary(4, 0.25, 0.25), segment.Control);
        Assert.Equal(SampleSummary.Empty, segment.Treatment);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => SegmentSamples.FromConversions("bad", new ConversionCounts(4, 5), new ConversionCounts(0, 0)));
    }

    /// <summary>
    /// Ten segments without any effect: something is significant in 5 % of 10,000 studies, not in the 40 % of plain p-values.
    /// </summary>
    [Fact]
    public void False_discoveries_stay_at_their_rate()
    {
        const int Runs = 10_000;
        var random = new Random(4711);
        int adjusted = 0, plain = 0, different = 0;
        for (var run = 0; run < Runs; run++)
        {
            var report = SegmentEffects.Compute([.. Enumerable.Range(0, 10).Select(s => Of($"{s}", Draw(30), Draw(40)))]);
            adjusted += report.Effects.Any(e => e.AdjustedP < 0.05) ? 1 : 0;
            plain += report.Effects.Any(e => e.Test.Value.P < 0.05) ? 1 : 0;
            different += report.Interaction.Value.P < 0.05 ? 1 : 0;
        }

        Assert.InRange(adjusted / (double)Runs, 0.04, 0.058);
        Assert.InRange(plain / (double)Runs, 0.35, 0.45);
        Assert.InRange(different / (double)Runs, 0.043, 0.057);

        // Sums of three uniforms: close to normal.
        double[] Draw(int units) => [
            .. Enumerable.Range(0, units).Select(_ => random.NextDouble() + random.NextDouble() + random.NextDouble())];
    }

    private static SegmentSamples Of(string name, double[] control, double[] treatment) =>
        new(name, SampleSummary.FromValues(control).Value, SampleSummary.FromValues(treatment).Value);

    private static void Near(double expected, double actual) =>
        Assert.True(Math.Abs(actual - expected) <= 1e-10 * Math.Abs(expected), $"got {actual:R}, expected {expected:R}");
}
