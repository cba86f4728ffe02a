using System.Collections.Immutable;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>After a change of weights nothing is pooled: the base rate may have moved meanwhile.</summary>
public sealed class StratificationTests
{
    /// <summary>90/10, then 10/90, while the base rate rises from 10 % to 12 % and the treatment loses half a point in both epochs.</summary>
    private static readonly ResultsInput Moving = Case.Of(
        Case.Experiment() with { Epochs = [Case.Epoch(1, 90, 10), Case.Epoch(2, 10, 90)], WeightsChanged = true },
        [Case.Conversion(Case.Signup)],
        Case.Data(
        [
            (Case.Control, 1, 90_000, 9_000), (Case.Treatment, 1, 10_000, 950),
            (Case.Control, 2, 10_000, 1_200), (Case.Treatment, 2, 90_000, 10_350),
        ]));

    [Fact]
    public void The_effect_has_the_right_sign_where_pooled_rates_have_the_wrong_one()
    {
        var metric = ResultsComputation.Compute(Moving).Results.Metrics.Single();
        var comparison = metric.Comparisons.Single();

        Assert.True(metric.Variants[1].Mean > metric.Variants[0].Mean, "Pooled, the treatment looks better.");
        Assert.Equal(-0.005, comparison.Effect!.Value, 12);
        Assert.Equal(2, comparison.EpochsUsed);
        Assert.True(comparison.ConfidenceInterval!.Upper < 0);
        Assert.InRange(comparison.ProbabilityBetter!.Value, 0, 0.05);
        Assert.Equal(-0.005, comparison.PosteriorMean!.Value, 4);
    }

    [Fact]
    public void Counts_are_stratified_like_conversions()
    {
        var sums = Moving.Data.Sums.Select(sum => sum with { SumSquares = sum.Sum + "0", Matured = sum.Matured with { SumSquares = sum.Sum + "0" } });
        var input = Moving with
        {
            Metrics = [Case.Conversion(Case.Signup) with { Type = MetricType.Count }],
            Data = Moving.Data with { Sums = [.. sums] },
        };

        var comparison = ResultsComputation.Compute(input).Results.Metrics.Single().Comparisons.Single();

        Assert.Equal(-0.005, comparison.Effect!.Value, 12);
        Assert.True(comparison.ProbabilityBetter < 0.5);
    }

    [Fact]
    public void The_sample_ratio_is_tested_within_epochs()
    {
        var srm = ResultsComputation.Compute(Moving).Results.Srm;

        Assert.Equal(0, srm.ChiSquared!.Value, 9);
        Assert.Equal(2, srm.DegreesOfFreedom);
        Assert.Equal([100_000.0, 100_000.0], srm.Expected!.Values.Select(value => Math.Round(value.Value, 6)));
        Assert.False(srm.Alarm);
    }

    [Fact]
    public void Losing_a_twentieth_of_one_variant_in_every_epoch_alarms()
    {
        ImmutableArray<UnitCount> units =
        [
            new(Case.Control, 1, 90_000, 90_000), new(Case.Treatment, 1, 10_000, 9_500),
            new(Case.Control, 2, 10_000, 10_000), new(Case.Treatment, 2, 90_000, 85_500),
        ];

        var results = ResultsComputation.Compute(Moving with { Data = Moving.Data with { Units = units } }).Results;

        Assert.True(results.Srm.Alarm, $"p of the e-process: {results.Srm.EProcess.PValue}");
        Assert.False(results.Assignments.Alarm);
        Assert.Equal(("inconclusive", "srm"), (results.Decision.Status, results.Decision.Reason));
    }

    [Fact]
    public void An_alarm_of_an_earlier_check_stays()
    {
        var look = Moving.Look with { History = LookHistory.Empty with { SrmMaximumLogBayesFactor = 7 } };

        var srm = ResultsComputation.Compute(Moving with { Look = look }).Results.Srm;

        Assert.True(srm.Alarm);
        Assert.Equal(Math.Exp(-7), srm.EProcess.PValue, 12);
    }

    [Fact]
    public void Units_in_a_variant_of_weight_zero_alarm()
    {
        var input = Case.Of(3_000);
        input = input with { Experiment = input.Experiment with { Epochs = [Case.Epoch(1, 1, 0)] } };

        var srm = ResultsComputation.Compute(input).Results.Srm;

        Assert.True(srm.Alarm);
        Assert.Equal("units_in_zero_weight_variant", srm.Reason);
        Assert.Null(srm.PValue);
    }

    [Fact]
    public void Imports_are_tested_against_the_weights_of_the_definition()
    {
        var input = Case.Of(3_000);
        input = input with
        {
            Experiment = input.Experiment with { IsExternal = true, Epochs = [Case.Epoch(1, 9, 1), Case.Epoch(2, 1, 9)] },
            Look = Case.Look() with { Kind = LookKind.Import },
        };

        Assert.Equal(0, ResultsComputation.Compute(input).Results.Srm.ChiSquared!.Value, 12);
    }
}
