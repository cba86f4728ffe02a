using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>Corrected intervals and corrected p-values never contradict each other.</summary>
public sealed class AdjustedIntervalTests
{
    [Fact]
    public void The_interval_excludes_zero_exactly_when_the_corrected_p_value_is_below_alpha()
    {
        var both = (Excluding: 0, Including: 0);
        for (var early = 2_700L; early <= 3_300; early += 50)
        {
            for (var late = 2_700L; late <= 3_300; late += 50)
            {
                foreach (var comparison in Comparisons(early, late, PrimaryCorrection.Holm))
                {
                    var interval = comparison.ConfidenceIntervalAdjusted!;
                    var excludes = interval.Lower > 0 || interval.Upper < 0;

                    Assert.True(excludes == comparison.PValueAdjusted < 0.05, $"{comparison.Variant} of {early} and {late}");
                    both = excludes ? (both.Excluding + 1, both.Including) : (both.Excluding, both.Including + 1);
                }
            }
        }

        Assert.True(both is { Excluding: > 50, Including: > 50 });
    }

    [Fact]
    public void The_clearest_comparison_pays_for_all_and_the_last_for_itself()
    {
        var corrected = Comparisons(3_300, 3_250, PrimaryCorrection.Holm);
        var plain = Comparisons(3_300, 3_250, PrimaryCorrection.None);

        // z at 0.025/2 over z at 0.05/2.
        Assert.Equal(2.241402727604947 / 1.959963984540054, Width(corrected[0]) / Width(plain[0]), 1e-9);
        Assert.Equal(Width(plain[1]), Width(corrected[1]), 1e-12);
    }

    [Fact]
    public void Where_nothing_is_rejected_all_have_the_same_share()
    {
        var corrected = Comparisons(3_050, 3_080, PrimaryCorrection.Holm);
        var plain = Comparisons(3_050, 3_080, PrimaryCorrection.None);

        Assert.All(corrected.Zip(plain), pair => Assert.Equal(1.1436, Width(pair.First) / Width(pair.Second), 1e-4));
    }

    [Fact]
    public void No_effect_at_all_still_has_an_interval_around_zero()
    {
        var interval = Comparisons(3_000, 3_080, PrimaryCorrection.Holm)[0].ConfidenceIntervalAdjusted!;

        Assert.Equal(0, interval.Lower + interval.Upper, 1e-15);
        Assert.True(interval.Upper > 0);
    }

    [Fact]
    public void Guardrails_and_secondary_metrics_have_none()
    {
        var input = Case.Of(3_300);
        input = input with
        {
            Experiment = input.Experiment with { SecondaryMetrics = ["clicks"] },
            Metrics = input.Metrics.Add(Case.Conversion("clicks")),
            Data = input.Data with
            {
                Sums = input.Data.Sums.AddRange(
                    Case.Sum("clicks", Case.Control, 1, 30_000, 600), Case.Sum("clicks", Case.Treatment, 1, 30_000, 700)),
            },
        };

        var metrics = ResultsComputation.Compute(input).Results.Metrics;

        Assert.NotNull(metrics[0].Comparisons[0].ConfidenceIntervalAdjusted);
        Assert.NotNull(metrics[1].Comparisons[0].PValueAdjusted);
        Assert.Null(metrics[1].Comparisons[0].ConfidenceIntervalAdjusted);
    }

    private static double Width(ComparisonResult comparison) =>
        comparison.ConfidenceIntervalAdjusted!.Upper - comparison.ConfidenceIntervalAdjusted.Lower;

    private static ComparisonResult[] Comparisons(long early, long late, PrimaryCorrection correction)
    {
        var experiment = Case.Experiment("early", "late");
        return
        [
            .. ResultsComputation.Compute(Case.Of(
                experiment with { Rule = experiment.Rule with { Correction = correction } },
                [Case.Conversion(Case.Signup)],
                Case.Data([(Case.Control, 1, 30_000, 3_000), ("early", 1, 30_000, early), ("late", 1, 30_000, late)])))
                .Results.Metrics[0].Comparisons,
        ];
    }
}
