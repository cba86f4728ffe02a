using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Sequential;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>The exact evidence of conversions grows block by block over the looks.</summary>
public sealed class TwoSampleEvidenceTests
{
    [Fact]
    public void Evidence_is_that_of_the_blocks_between_looks()
    {
        var rho = AsymptoticConfidenceSequence.Rho(Case.Rule.MinSample, Case.Rule.Alpha);
        var process = TwoSampleEProcess.Start(BetaPosterior.Uniform, 1 / (rho * rho));
        var history = LookHistory.Empty;
        TwoSampleResult? evidence = null;
        foreach (var (control, treatment) in new[] { (1_000, 1_080), (1_020, 1_100), (980, 1_090) })
        {
            process = process.Look(new ConversionCounts(10_000, control), new ConversionCounts(10_000, treatment)).Value;
            (evidence, history) = Look(process.Control.Units, process.Control.Conversions, process.Treatment.Conversions, history);
        }

        Assert.Equal(process.LogEValue, evidence!.LogEValue, 1e-12);
        Assert.True(evidence.LogEValue > 1);
        Assert.Equal(Math.Exp(-evidence.LogEValue), evidence.PValue, 1e-12);
    }

    [Fact]
    public void The_first_look_has_no_evidence_and_the_p_value_never_rises()
    {
        var (first, one) = Look(10_000, 1_000, 1_200, LookHistory.Empty);
        var (second, two) = Look(20_000, 2_000, 2_400, one);
        var (third, _) = Look(30_000, 3_200, 3_300, two);

        Assert.Equal((0, 1), (first.LogEValue, first.PValue));
        Assert.True(second.PValue < 0.1);
        Assert.True(third.LogEValue < second.LogEValue);
        Assert.Equal(second.PValue, third.PValue);
    }

    [Fact]
    public void A_look_at_which_counts_went_down_brings_no_evidence()
    {
        var (before, one) = Look(20_000, 2_000, 2_100, Look(10_000, 1_000, 1_050, LookHistory.Empty).History);
        var (after, _) = Look(20_000, 1_990, 2_150, one);

        Assert.Equal(before.LogEValue, after.LogEValue);
    }

    [Fact]
    public void An_advisory_look_is_not_remembered()
    {
        var (_, history) = Look(10_000, 1_000, 1_050, LookHistory.Empty);
        var input = Case.Of(2_100, 20_000);
        var advisory = ResultsComputation.Compute(
            input with { Look = input.Look with { Kind = LookKind.Advisory, LookNumber = null, History = history } });

        Assert.Equal(history.TwoSample, advisory.After.TwoSample);
        Assert.NotNull(advisory.Results.Metrics[0].Comparisons[0].TwoSample);
    }

    private static (TwoSampleResult Evidence, LookHistory History) Look(long units, long control, long treatment, LookHistory history)
    {
        var input = Case.Of(
            Case.Experiment(), [Case.Conversion(Case.Signup)], Case.Data([(Case.Control, 1, units, control), (Case.Treatment, 1, units, treatment)]));
        var computed = ResultsComputation.Compute(input with { Look = Case.Look() with { History = history } });
        return (computed.Results.Metrics[0].Comparisons[0].TwoSample!, computed.After);
    }
}
