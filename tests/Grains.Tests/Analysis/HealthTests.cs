using System.Collections.Immutable;
using System.Globalization;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>The health report: planted faults are named, sound data are not, and nothing of it decides.</summary>
public sealed class HealthTests
{
    private static readonly HealthInputs Nothing = new(1, [], [], [], [], [], [], null);

    [Fact]
    public void A_snapshot_without_inputs_for_health_has_none_and_keeps_its_bytes()
    {
        var input = Case.Of(3_300);

        Assert.Null(ResultsComputation.Compute(input).Results.Health);
        Assert.DoesNotContain("health", CanonicalJson.Write(ResultsComputation.Compute(input).Results), StringComparison.Ordinal);
        Assert.DoesNotContain("health", CanonicalJson.Write(input), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sound_experiment_has_no_warnings_and_the_same_decision_as_without_a_report()
    {
        var input = Case.Of(3_300);

        var with = ResultsComputation.Compute(WithHealth(input, Nothing with { Cohorts = Days((15_000, 15_000), (15_000, 15_000)) })).Results;

        Assert.Empty(with.Health!.Warnings);
        Assert.Equal(ResultsComputation.Compute(input).Results.Decision.Status, with.Decision.Status);
    }

    [Fact]
    public void Stored_inputs_give_the_same_report()
    {
        var input = WithHealth(CookieCatsTests.Input(), Nothing with
        {
            Cohorts = Days((10, 12)) is var days ? [.. days.Select((day, i) => day with { Variant = i == 0 ? "gate_30" : "gate_40" })] : [],
            Largest = [new LargestValue("sum_gamerounds", "gate_30", 1, "49854")],
            Activity = new RecentActivity(Case.Start, true, null),
        });

        var stored = CanonicalJson.ReadInput(CanonicalJson.Write(input));

        Assert.Equal(CanonicalJson.Write(ResultsComputation.Compute(input).Results), CanonicalJson.Write(ResultsComputation.Compute(stored).Results));
    }

    [Fact]
    public void Excluded_units_are_shown_by_reason_and_variant_and_put_back_beside_the_results_without_them()
    {
        // Half of the treatment's 1,000 losers were lost to a mismatch: without them it looks better than it is.
        var input = Case.Of(
            Case.Experiment(),
            [Case.Conversion(Case.Signup)],
            Case.Data([(Case.Control, 1, 1_000, 100), (Case.Treatment, 1, 500, 100)]) with
            {
                Exclusions = [new ExclusionCount("variant_mismatch", Case.Treatment, 500), new ExclusionCount("override", Case.Control, 1)],
            });

        var report = Health(input, Nothing with { Excluded = [Case.Sum(Case.Signup, Case.Treatment, 1, 500, 0)] });

        Assert.Contains("exclusions", report.Warnings);
        Assert.Equal(["override", "variant_mismatch"], report.Exclusions.Reasons.Select(reason => reason.Reason));
        Assert.Equal([0.0, 0.5], report.Exclusions.Reasons[1].Rates.Values.Select(rate => rate.Value));
        Assert.Equal([0.0, 500.0], report.Exclusions.Reasons[1].Units.Values.Select(rate => rate.Value));
        Assert.Equal(500, report.Exclusions.UnitsWithOutcome);
        Assert.Equal(0.1, report.Exclusions.Without.Single().Effect!.Value, 12);
        Assert.True(report.Exclusions.Without.Single().PValue < 1e-6);
        Assert.Equal(0, report.Exclusions.With.Single().Effect!.Value, 12);
        Assert.Equal((1_000, 1_000), (report.Exclusions.With.Single().ControlUnits, report.Exclusions.With.Single().TreatmentUnits));
    }

    [Fact]
    public void The_first_day_whose_sample_ratio_is_off_is_named()
    {
        var report = Health(Case.Of(3_300), Nothing with
        {
            Cohorts = Days((5_000, 5_010), (5_000, 4_990), (5_000, 4_000), (5_000, 4_000)),
        });

        Assert.Equal(Case.Start.AddDays(2), report.SampleRatioByDay.StartsAt);
        Assert.Equal("sample_ratio_by_day", string.Join(", ", report.Warnings));
        Assert.Equal(5.59455723619152e-26, report.SampleRatioByDay.Days[2].PValue!.Value, 1e-35);
        Assert.True(report.SampleRatioByDay.Days[2].LogBayesFactor > 40);
        Assert.True(report.SampleRatioByDay.Days[1].LogBayesFactor < 0);
    }

    /// <summary>Slope, error and p-value were computed with numpy 1.24 and scipy 1.10 from the same counts.</summary>
    [Fact]
    public void An_effect_that_fades_from_cohort_to_cohort_is_called_novelty()
    {
        long[] treatment = [1_400, 1_300, 1_200, 1_100];
        var sums = treatment.SelectMany((conversions, day) => new[]
        {
            Cohort(day, Case.Control, 1_000), Cohort(day, Case.Treatment, conversions),
        });

        var novelty = Health(Case.Of(3_300), Nothing with { Primary = [.. sums] }).Novelty!;

        Assert.Equal(4, novelty.Cohorts.Length);
        Assert.Equal(0.04, novelty.Cohorts[0].Comparisons.Single().Effect!.Value, 12);
        var trend = novelty.Trends.Single();
        Assert.Equal(-0.01, trend.Slope!.Value, 12);
        Assert.Equal(0.0019959454851869035, trend.StandardError!.Value, 1e-12);
        Assert.Equal(5.438568348024078e-07, trend.PValue!.Value, 1e-15);
        Assert.Equal(4, trend.Cohorts);
    }

    [Fact]
    public void Two_cohorts_are_no_trend()
    {
        var sums = Enumerable.Range(0, 2).SelectMany(day => new[] { Cohort(day, Case.Control, 1_000), Cohort(day, Case.Treatment, 1_400 - 300 * day) });

        var report = Health(Case.Of(3_300), Nothing with { Primary = [.. sums] });

        Assert.Null(report.Novelty!.Trends.Single().Slope);
        Assert.Empty(report.Warnings);
    }

    /// <summary>The share and Welch's figures without that player were computed with scipy 1.10 from the sums of the public file.</summary>
    [Fact]
    public void The_player_with_49854_rounds_is_an_outlier_and_the_effect_is_shown_without_it()
    {
        var report = Health(CookieCatsTests.Input(), Nothing with
        {
            Largest = [new LargestValue("sum_gamerounds", "gate_40", 1, "2640"), new LargestValue("sum_gamerounds", "gate_30", 1, "49854")],
        });

        Assert.Equal("outlier", string.Join(", ", report.Warnings));
        Assert.Equal(["gate_30", "gate_40"], report.Outliers.Select(outlier => outlier.Variant));
        var worst = report.Outliers[0];
        Assert.True(worst.IsOutlier);
        Assert.Equal(0.8419387474620453, worst.ShareOfVariance!.Value, 1e-9);
        Assert.Equal(0.02126156017903484, worst.ShareOfSum!.Value, 1e-12);
        Assert.Equal(-0.04333503360787461, worst.Without.Single().Effect!.Value, 1e-12);
        Assert.Equal(0.683795463147519, worst.Without.Single().StandardError!.Value, 1e-9);
        Assert.Equal(0.9494686215464458, worst.Without.Single().PValue!.Value, 1e-6);
        Assert.Equal(44_699, worst.Without.Single().ControlUnits);
        Assert.False(report.Outliers[1].IsOutlier);
        Assert.Empty(report.Outliers[1].Without);
    }

    [Fact]
    public void Covariates_that_differ_before_anything_happened_are_named()
    {
        MetricProducts Products(long covariates, long squares) => new(
            "0", "0", "0", "500", "0", "0", Text(covariates), Text(squares), "0", "0", "0", "0", "0", "0", "0");
        MetricSum Of(string variant, long covariates, long squares) => Case.Sum(Case.Signup, variant, 1, 1_000, 100) with
        {
            Products = Products(covariates, squares),
            Matured = new MaturedSum(1_000, 0, "100", "100", Products(covariates, squares)),
        };
        ResultsInput With(long covariates, long squares) => Case.Of(
            Case.Experiment(),
            [Case.Conversion(Case.Signup) with { HasCovariate = true }],
            Case.Data([(Case.Control, 1, 1_000, 100), (Case.Treatment, 1, 1_000, 100)]) with
            {
                Sums = [Of(Case.Control, 500, 500), Of(Case.Treatment, covariates, squares)],
            });

        // Covariates of 0 and 1: means .5 and .6 with standard deviations of about .5 and .49.
        var off = Health(With(600, 600), Nothing);
        var even = Health(With(510, 510), Nothing);

        Assert.Equal("balance", string.Join(", ", off.Warnings));
        Assert.Equal(0.1 / Math.Sqrt((0.25 + 0.24) / 2), off.Balance.Single().StandardisedDifference!.Value, 3);
        Assert.True(off.Balance.Single().PValue < 1e-4);
        Assert.Empty(even.Warnings);
        Assert.False(even.Balance.Single().IsNotable);
    }

    [Theory]
    [InlineData(24, true, true, null)]
    [InlineData(24, false, false, "no_exposures")]
    [InlineData(24, true, false, "no_events")]
    [InlineData(24, true, null, null)]
    [InlineData(0.5, false, false, null)]
    public void Silence_is_an_alert_after_the_first_hour(double hours, bool exposures, bool? events, string? alert)
    {
        var input = Case.Of(3_300);

        var report = Health(input, Nothing with { Activity = new RecentActivity(input.Look.Cutoff.AddHours(-hours), exposures, events) });

        Assert.Equal(alert, report.Activity!.Alert);
        Assert.Equal(alert ?? "", string.Join(", ", report.Warnings));
    }

    [Fact]
    public void The_days_left_to_the_planned_effect_follow_from_the_error_and_the_traffic_so_far()
    {
        var input = Case.Of(3_000);
        input = input with { Experiment = input.Experiment with { Rule = Case.Rule with { Plan = new DecisionPlan(null, null, null, null, 0.005) } } };

        var remaining = Health(input, Nothing with { Cohorts = Days([.. Enumerable.Repeat((3_750L, 3_750L), 8)]) }).Remaining!;

        // 2 (1.96 + 0.84)^2 0.09 / 0.005^2 units in each variant, of which 30,000 are there.
        Assert.Equal(113_023.87, remaining.UnitsNeeded!.Value, 20.0);
        Assert.Equal(7_500, remaining.UnitsPerDay!.Value, 9);
        Assert.Equal((remaining.UnitsNeeded.Value - 60_000) / 7_500, remaining.Days!.Value, 9);
        Assert.Equal("no_traffic", Health(input, Nothing).Remaining!.Reason);
    }

    [Fact]
    public void Late_items_are_told_by_variant()
    {
        var late = Health(Case.Of(3_000), Nothing with { Late = [new LateCount(Case.Treatment, 300)] }).Late;

        Assert.Equal([(Case.Control, 0L, 0.0), (Case.Treatment, 300L, 0.01)], late.Select(row => (row.Variant, row.Late, row.PerUnit!.Value)));
    }

    [Fact]
    public void New_and_returning_units_are_told_apart()
    {
        var input = Case.Of(3_300);
        input = input with { Metrics = [input.Metrics[0] with { HasCovariate = true }] };

        var histories = Health(input, Nothing with
        {
            Histories =
            [
                new HistorySum(false, Case.Control, 1, 100, "10", "10"), new HistorySum(false, Case.Treatment, 1, 100, "30", "30"),
                new HistorySum(true, Case.Control, 1, 200, "20", "20"), new HistorySum(true, Case.Treatment, 1, 200, "20", "20"),
            ],
        }).Histories;

        Assert.Equal([false, true], histories.Select(history => history.IsReturning));
        Assert.Equal([0.2, 0.0], histories.Select(history => Math.Round(history.Comparisons.Single().Effect!.Value, 12)));
    }

    /// <summary>Benjamini-Hochberg of four p-values, and Cochran's Q of two effects, which is the square of their difference over its variance.</summary>
    [Fact]
    public void Segments_are_exploratory_corrected_among_themselves_and_tested_for_differing_at_all()
    {
        SegmentSum Of(string attribute, string? value, string variant, long units, long conversions) =>
            new(attribute, value, false, variant, 1, units, units, Text(conversions), Text(conversions));
        ImmutableArray<SegmentSum> sums =
        [
            Of("plan", "free", Case.Control, 1_000, 100), Of("plan", "free", Case.Treatment, 1_000, 150),
            Of("plan", "pro", Case.Control, 1_000, 100), Of("plan", "pro", Case.Treatment, 1_000, 90),
            Of("sdk", "web", Case.Control, 1_000, 100), Of("sdk", "web", Case.Treatment, 1_000, 120),
            Of("sdk", null, Case.Control, 1_000, 100), Of("sdk", null, Case.Treatment, 700, 70),
        ];

        var report = Health(Case.Of(3_000), Nothing with { Segments = sums });

        Assert.Equal(["plan", "sdk"], report.Segments!.Value.Select(segment => segment.Attribute));
        Assert.All(report.Segments.Value, segment => Assert.True(segment.Exploratory));
        var (plan, sdk) = (report.Segments.Value[0], report.Segments.Value[1]);
        var effects = report.Segments.Value.SelectMany(segment => segment.Values).Select(value => value.Comparisons.Single()).ToArray();
        Assert.Equal([0.05, -0.01, 0.02, 0.0], effects.Select(effect => Math.Round(effect.Effect.Effect!.Value, 12)));
        var p = effects.Select(effect => effect.Effect.PValue!.Value).ToArray();
        Assert.Equal(4 * p[0], effects[0].PValueAdjusted!.Value, 1e-12);
        Assert.Equal(2 * p[2], effects[2].PValueAdjusted!.Value, 1e-12);
        Assert.Equal(Math.Pow(0.06, 2) / (Square(effects[0]) + Square(effects[1])), plan.Heterogeneity.Single().Q!.Value, 1e-9);
        Assert.Equal(1, plan.Heterogeneity.Single().DegreesOfFreedom);
        Assert.True(plan.Heterogeneity.Single().PValue < 0.01);
        Assert.True(sdk.Heterogeneity.Single().PValue > 0.1);
        Assert.False(sdk.Values[0].SampleRatioIsOff);
        Assert.True(sdk.Values[1].SampleRatioIsOff);
        Assert.Equal(["sample_ratio_by_segment"], report.Warnings.ToArray());

        static double Square(SegmentComparison comparison) => comparison.Effect.StandardError!.Value * comparison.Effect.StandardError.Value;
    }

    [Fact]
    public void The_hash_follows_health_but_not_the_signs_of_life()
    {
        var input = WithHealth(Case.Of(3_300), Nothing);
        string Hash(HealthInputs health) => ResultsComputation.Compute(WithHealth(input, health)).Results.InputHash;

        Assert.NotEqual(Hash(Nothing), Hash(Nothing with { Late = [new LateCount(Case.Control, 1)] }));
        Assert.Equal(Hash(Nothing), Hash(Nothing with { Activity = new RecentActivity(Case.Start, true, true) }));
    }

    [Fact]
    public void A_recompute_that_differs_in_health_alone_is_named()
    {
        var stored = WithHealth(Case.Of(3_300), Nothing with { Late = [new LateCount(Case.Control, 1)] });
        string? Difference(AnalysisInputs again) => InputComparison.FirstDifference(stored.Metrics, stored.Data, again);

        Assert.Null(Difference(stored.Data with { Health = stored.Data.Health! with { Activity = new RecentActivity(Case.Start, true, true) } }));
        Assert.Equal("health", Difference(stored.Data with { Health = Nothing }));
        Assert.Equal("health", Difference(stored.Data with { Health = null }));
        Assert.Null(InputComparison.FirstDifference(stored.Metrics, stored.Data with { Health = null }, stored.Data));
    }

    private static HealthResult Health(ResultsInput input, HealthInputs health) =>
        ResultsComputation.Compute(WithHealth(input, health)).Results.Health!;

    private static ResultsInput WithHealth(ResultsInput input, HealthInputs health) => input with { Data = input.Data with { Health = health } };

    private static ImmutableArray<CohortUnits> Days(params (long Control, long Treatment)[] days) =>
    [
        .. days.SelectMany((day, i) => new[]
        {
            new CohortUnits(Case.Start.AddDays(i), Case.Control, 1, day.Control), new CohortUnits(Case.Start.AddDays(i), Case.Treatment, 1, day.Treatment),
        }),
    ];

    private static CohortSum Cohort(int day, string variant, long conversions) =>
        new(Case.Start.AddDays(day), variant, 1, 10_000, Text(conversions), Text(conversions));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
