using System.Collections.Immutable;
using System.Text.Json;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>A snapshot is a function of its inputs, to the last byte.</summary>
public sealed class DeterminismTests
{
    private static readonly string[] Changing = ["snapshotId", "takenAt", "lookNumber", "missedLooks"];

    [Fact]
    public void The_same_inputs_give_the_same_bytes_also_after_they_were_stored()
    {
        var input = CookieCatsTests.Input();

        var body = CanonicalJson.Write(ResultsComputation.Compute(input).Results);
        var stored = CanonicalJson.ReadInput(CanonicalJson.Write(input));

        Assert.Equal(body, CanonicalJson.Write(ResultsComputation.Compute(input).Results));
        Assert.Equal(body, CanonicalJson.Write(ResultsComputation.Compute(stored).Results));
        Assert.Equal(CanonicalJson.Write(input), CanonicalJson.Write(stored));
    }

    [Fact]
    public void The_order_of_rows_changes_nothing()
    {
        var input = CookieCatsTests.Input();
        var reversed = input with
        {
            Data = input.Data with { Units = [.. input.Data.Units.Reverse()], Sums = [.. input.Data.Sums.Reverse()] },
        };

        Assert.Equal(
            CanonicalJson.Write(ResultsComputation.Compute(input).Results), CanonicalJson.Write(ResultsComputation.Compute(reversed).Results));
    }

    [Fact]
    public void A_second_look_at_unchanged_data_differs_in_id_time_and_counts_alone()
    {
        var first = Case.Of(3_300);
        var computed = ResultsComputation.Compute(first);
        var second = first with
        {
            Look = first.Look with
            {
                SnapshotId = "another",
                TakenAt = first.Look.TakenAt.AddHours(4),
                ScheduledAt = first.Look.ScheduledAt.AddHours(4),
                LookNumber = 49,
                MissedLooks = 3,
                History = computed.After,
            },
        };

        Assert.Equal(Without(Case.Body(first)), Without(Case.Body(second)));
    }

    [Fact]
    public void The_hash_follows_every_input_that_matters_and_no_other()
    {
        var input = Case.Of(3_300);
        var hash = Hash(input);

        Assert.Equal(64, hash.Length);
        Assert.Equal(hash, Hash(input with { Data = input.Data with { AsOfAggregation = 8 } }));
        Assert.NotEqual(hash, Hash(Case.Of(3_301)));
        Assert.NotEqual(hash, Hash(input with { Data = input.Data with { LateEventCount = 1 } }));
        Assert.NotEqual(hash, Hash(input with { Look = Case.Look(6) }));
        Assert.NotEqual(hash, Hash(input with { Experiment = input.Experiment with { Rule = Case.Rule with { Alpha = 0.01 } } }));
        Assert.NotEqual(hash, Hash(input with { Metrics = [Case.Conversion(Case.Signup) with { WindowHours = 25 }] }));
    }

    [Fact]
    public void Nothing_at_all_is_still_a_report_without_a_single_number_made_up()
    {
        var input = Case.Of(Case.Experiment(), [Case.Conversion(Case.Signup)], new AnalysisInputs(0, [], [], [], 0));

        var body = Case.Body(input);

        var comparison = body.GetProperty("metrics")[0].GetProperty("comparisons")[0];
        Assert.Equal(JsonValueKind.Null, comparison.GetProperty("effect").ValueKind);
        Assert.Equal(JsonValueKind.Null, comparison.GetProperty("probabilityBetter").ValueKind);
        Assert.Equal("no_units", comparison.GetProperty("reason").GetString());
        Assert.Equal("no_units", body.GetProperty("srm").GetProperty("reason").GetString());
        Assert.Equal("keep_running", body.GetProperty("decision").GetProperty("status").GetString());
    }

    [Fact]
    public void The_only_variant_with_units_is_not_called_the_best()
    {
        var input = Case.Of(Case.Experiment(), [Case.Conversion(Case.Signup)], Case.Data([(Case.Treatment, 1, 10, 3)]));

        var variants = ResultsComputation.Compute(input).Results.Metrics[0].Variants;

        Assert.All(variants, variant => Assert.Null(variant.ProbabilityBest));
        Assert.All(variants, variant => Assert.Null(variant.ExpectedLossAgainstBest));
    }

    [Fact]
    public void Nobody_converted_leaves_beliefs_but_no_test()
    {
        var input = Case.Of(
            Case.Experiment(),
            [Case.Conversion(Case.Signup)],
            Case.Data([(Case.Control, 1, 30_000, 0), (Case.Treatment, 1, 30_000, 0)]));

        var comparison = ResultsComputation.Compute(input).Results.Metrics[0].Comparisons[0];

        Assert.Equal("zero_variance", comparison.Reason);
        Assert.Null(comparison.PValue);
        Assert.Equal(0, comparison.Effect);
        Assert.Equal(0.5, comparison.ProbabilityBetter!.Value, 9);
    }

    [Fact]
    public void Units_in_open_windows_are_shown_and_kept_out_of_the_matured_part()
    {
        var input = Case.Of(3_300);
        ImmutableArray<MetricSum> sums =
        [
            .. input.Data.Sums.Select(sum => sum with { Missing = 7, Matured = new MaturedSum(20_000, 5, "2000", "2000") }),
        ];

        var metric = ResultsComputation.Compute(input with { Data = input.Data with { Sums = sums } }).Results.Metrics[0];

        Assert.Equal((30_000, 10_002, 7), (metric.Variants[0].Units, metric.Variants[0].PendingUnits, metric.Variants[0].MissingUnits));
        Assert.Equal((20_000, 0, 5), (metric.Matured!.Variants[0].Units, metric.Matured.Variants[0].PendingUnits, metric.Matured.Variants[0].MissingUnits));
        Assert.Equal(0, metric.Matured.Comparisons[0].Effect);
        Assert.Equal(0.01, metric.Comparisons[0].Effect!.Value, 12);
        Assert.Equal(metric.Matured.Comparisons[0].AlwaysValidPValue, metric.Comparisons[0].AlwaysValidPValue);
    }

    private static string Hash(ResultsInput input) => ResultsComputation.Compute(input).Results.InputHash;

    private static List<(string Name, string Text)> Without(JsonElement body) =>
        [.. body.EnumerateObject().Where(property => !Changing.Contains(property.Name)).Select(property => (property.Name, property.Value.GetRawText()))];
}
