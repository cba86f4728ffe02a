using System.Globalization;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Multiplicity;
using Splitstream.Stats.Power;
using Splitstream.Stats.Quantiles;
using Splitstream.Stats.Samples;
using Splitstream.Stats.VarianceReduction;

namespace Splitstream.Stats.Tests.RealStudies;

/// <summary>
/// Cookie Cats from its file, 90,189 players: what needs the values themselves and not only their sums, which
/// <see cref="CookieCatsTests"/> compares. Reference values recomputed with SciPy 1.10 for the shared data.
/// </summary>
public class CookieCatsFileTests
{
    private static readonly Lazy<Study> Data = new(() => Study.Open("cookie_cats.csv.gz", "cookie_cats"));

    private static Study Study => Data.Value;

    [SharedFact]
    public void Ranks_of_rounds_played_nearly_differ()
    {
        var test = MannWhitneyTest.Compute(Rounds("gate_30"), Rounds("gate_40")).Value;

        Study.Near(Study.Number("sum_gamerounds_mann_whitney", "U_control"), test.ControlU);
        Study.Near(Study.Number("sum_gamerounds_mann_whitney", "p_two_sided_tie_corrected"), test.P);
    }

    [SharedFact]
    public void Rounds_played_winsorised_at_the_pooled_99th_percentile_do_not_differ()
    {
        var cap = Cap();

        var test = Winsorised();

        Study.Near(Study.Number("winsor_p99_cap_pooled_linear_quantile"), cap);
        Study.Compare(Study.Element("sum_gamerounds_winsorised_at_pooled_p99"), test);
        Study.Near(Study.Number("sum_gamerounds_winsorised_at_pooled_p99", "rel_lift"), test.Lift.Value.Lift);
        Study.Near(
            Study.Number("sum_gamerounds_winsorised_at_pooled_p99", "control", "var"),
            Winsorising.Clip(Rounds("gate_30"), 0, cap).Value.Variance);
    }

    [SharedFact]
    public void Raw_rounds_and_those_without_the_absurd_player_give_the_published_tests()
    {
        var control = SampleSummary.FromValues(Rounds("gate_30")).Value;
        var without = SampleSummary.FromValues(Rounds("gate_30").Where(rounds => rounds < 49_854).ToArray()).Value;
        var treatment = SampleSummary.FromValues(Rounds("gate_40")).Value;

        Study.Compare(Study.Element("sum_gamerounds_raw"), MeanDifferenceTest.Welch(control, treatment).Value);
        Study.Compare(Study.Element("sum_gamerounds_without_max_row"), MeanDifferenceTest.Welch(without, treatment).Value);
        Assert.Equal(Study.Element("zero_rounds_players").GetInt32(), Study.Numbers("sum_gamerounds").Count(rounds => rounds == 0));
    }

    [SharedFact]
    public void Three_metrics_together_keep_only_retention_after_seven_days()
    {
        string[] names = ["retention_1", "retention_7", "sum_gamerounds_winsor"];
        double[] p = [Retention("retention_1").P, Retention("retention_7").P, Winsorised().P];

        for (var i = 0; i < 3; i++)
        {
            Study.Near(Expected("raw", i), p[i]);
            Study.Near(Expected("holm", i), PValueAdjustment.Adjust(AdjustmentMethod.Holm, p)[i]);
            Study.Near(Expected("benjamini_hochberg", i), PValueAdjustment.Adjust(AdjustmentMethod.BenjaminiHochberg, p)[i]);
        }

        double Expected(string method, int metric) => Study.Number("multiple_testing_three_metrics", method, names[metric]);
    }

    [SharedTheory]
    [InlineData("gate_30")]
    [InlineData("gate_40")]
    public void Quantiles_of_rounds_played_are_the_published_ones(string version)
    {
        var sorted = Rounds(version).Order().ToArray();

        foreach (var quantile in Study.Element("quantiles_sum_gamerounds", version).EnumerateObject())
            Study.Near(
                quantile.Value.GetDouble(), SampleQuantile.OfSorted(sorted, double.Parse(quantile.Name, CultureInfo.InvariantCulture)));
    }

    [SharedFact]
    public void Medians_of_rounds_played_differ_by_one_round()
    {
        var result = QuantileDifference.Compute(
            QuantileMetric.Independent(Rounds("gate_30"), 0.5).Value, QuantileMetric.Independent(Rounds("gate_40"), 0.5).Value).Value;

        Assert.Equal(-1, result.Effect);
        Assert.InRange(result.P, 1e-4, 0.05);
    }

    /// <summary>
    /// The published figure takes the control's variance for both variants; ours takes each variant's own and one size, so the two agree
    /// to one part in a hundred.
    /// </summary>
    [SharedFact]
    public void The_detectable_change_of_retention_is_the_published_one_nearly()
    {
        var size = (long)(2 / (1.0 / 44_700 + 1.0 / 45_489));

        var detectable = SampleSize.DetectableLift(Retention("retention_7").ControlRate, size, 0.05, 0.8).Value;

        var published = Study.Number("mde_abs_retention_7_alpha05_power80");
        Study.Near(published, detectable, 0.01 * published);
    }

    private static double Cap() => SampleQuantile.OfSorted(Study.Numbers("sum_gamerounds").Order().ToArray(), 0.99);

    private static MeanTestResult Winsorised() => MeanDifferenceTest.Welch(
        Winsorising.Clip(Rounds("gate_30"), 0, Cap()).Value, Winsorising.Clip(Rounds("gate_40"), 0, Cap()).Value).Value;

    private static TwoProportionResult Retention(string column)
    {
        var versions = Study.Texts("version");
        var returned = Study.Texts(column);
        return TwoProportionTest.Compute(Of("gate_30"), Of("gate_40")).Value;

        ConversionCounts Of(string version) => new(
            versions.Count(v => v == version),
            Enumerable.Range(0, Study.Rows).Count(row => versions[row] == version && returned[row] == "True"));
    }

    private static double[] Rounds(string version)
    {
        var versions = Study.Texts("version");
        return [.. Study.Numbers("sum_gamerounds").Where((_, row) => versions[row] == version)];
    }
}
