using Splitstream.Stats.Frequentist;
using Splitstream.Stats.QuasiExperiments;
using Splitstream.Stats.Regression;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Tests.RealStudies;

/// <summary>
/// Fast-food employment in New Jersey and Pennsylvania before and after the minimum wage of 1992 (Card and Krueger 1994, table 3).
/// Reference values recomputed with SciPy 1.10 and numpy for the shared data.
/// </summary>
public class CardKruegerTests
{
    private static readonly Lazy<Study> Data = new(() => Study.Open("card_krueger_1994.csv", "card_krueger_1994"));

    private static Study Study => Data.Value;

    [SharedTheory]
    [InlineData("before", "NJ", "fte")]
    [InlineData("before", "PA", "fte")]
    [InlineData("after", "NJ", "fte2")]
    [InlineData("after", "PA", "fte2")]
    public void Every_state_and_wave_has_the_published_mean(string wave, string state, string column)
    {
        var summary = Study.Summarise(Available(column, state));

        Assert.Equal(Study.Number(wave, state, "n"), summary.Units);
        Study.Near(Study.Number(wave, state, "mean"), summary.Mean);
        Study.Near(Study.Number(wave, state, "se"), Math.Sqrt(summary.VarianceOfMean));
    }

    [SharedTheory]
    [InlineData("before", "NJ", "wage_st")]
    [InlineData("before", "PA", "wage_st")]
    [InlineData("after", "NJ", "wage_st2")]
    [InlineData("after", "PA", "wage_st2")]
    public void Every_state_and_wave_has_the_published_starting_wage(string wave, string state, string column)
    {
        var summary = Study.Summarise(Available(column, state));

        Assert.Equal(Study.Number("starting_wage", wave, state, "n"), summary.Units);
        Study.Near(Study.Number("starting_wage", wave, state, "mean"), summary.Mean);
        Study.Near(Study.Number("starting_wage", wave, state, "se"), Math.Sqrt(summary.VarianceOfMean));
    }

    [SharedFact]
    public void All_available_stores_give_the_difference_of_the_four_means()
    {
        var result = DifferenceInDifferences.Compute(
            Study.Summarise(Available("fte", "NJ")),
            Study.Summarise(Available("fte2", "NJ")),
            Study.Summarise(Available("fte", "PA")),
            Study.Summarise(Available("fte2", "PA"))).Value;

        Study.Near(Study.Number("did_all_available"), result.Estimate);
        Study.Near(
            Study.Number("did_all_available"),
            LinearRegressionOf(Stacked(Study.Optional("fte"), Study.Optional("fte2"), complete: false)).Coefficients[3]);
    }

    [SharedFact]
    public void Changes_of_complete_stores_differ_by_2_75()
    {
        var changes = Changes(Study.Optional("fte2"));

        var test = MeanDifferenceTest.Welch(changes("PA"), changes("NJ")).Value;

        Study.Near(Study.Number("did_balanced_first_difference", "did"), test.Effect);
        Study.Near(Study.Number("did_balanced_first_difference", "se"), test.StandardError);
        Study.Near(Study.Number("did_balanced_first_difference", "t"), test.T);
        Study.Near(Study.Number("did_balanced_first_difference", "df"), test.DegreesOfFreedom);
        Study.Near(Study.Number("did_balanced_first_difference", "p"), test.P);
        Study.Near(Study.Number("did_balanced_first_difference", "change_PA", "mean"), test.ControlMean);
        Study.Near(Study.Number("did_balanced_first_difference", "change_NJ", "mean"), test.TreatmentMean);
    }

    [SharedFact]
    public void Stores_closed_for_a_while_may_count_as_zero()
    {
        var status = Study.Numbers("status2");
        var closed = Study.Optional("fte2").Select((fte, row) => status[row] is 2 or 4 or 5 ? 0 : fte).ToArray();
        var changes = Changes(closed);

        var test = MeanDifferenceTest.Welch(changes("PA"), changes("NJ")).Value;

        Study.Near(Study.Number("did_temporarily_closed_as_zero", "did"), test.Effect);
        Study.Near(Study.Number("did_temporarily_closed_as_zero", "se"), test.StandardError);
    }

    [SharedFact]
    public void The_regression_of_complete_stores_has_the_published_errors()
    {
        var rows = Stacked(Study.Optional("fte"), Study.Optional("fte2"), complete: true);

        var fit = LinearRegressionOf(rows);

        var clustered = fit.ClusterRobust(rows.Select(row => row.Store).ToArray()).Value;
        for (var i = 0; i < 4; i++)
        {
            Study.Near(Expected("coef", i), fit.Coefficients[i]);
            Study.Near(Expected("se_classical", i), fit.Classical().StandardError(i));
            Study.Near(Expected("se_hc1", i), fit.HeteroskedasticityRobust().StandardError(i));
            Study.Near(Expected("se_cluster_cr1", i), clustered.StandardError(i));
        }

        Assert.Equal(Study.Number("did_regression_balanced_2x2", "clusters") - 1, clustered.DegreesOfFreedom);

        static double Expected(string name, int i) => Study.Element("did_regression_balanced_2x2", name)[i].GetDouble();
    }

    /// <summary>
    /// Unit effects take the place of the state's: the same estimate, and its error but for one parameter less, 767/764 by 767/765.
    /// </summary>
    [SharedFact]
    public void Fixed_effects_of_stores_and_waves_give_the_same()
    {
        var rows = Stacked(Study.Optional("fte"), Study.Optional("fte2"), complete: true);

        var test = TwoWayFixedEffects.Compute(
            rows.Select(row => new PanelRow(row.Store, row.Wave, row.NewJersey * row.Wave, row.Employment)).ToArray()).Value;

        Study.Near(2.75, test.Estimate);
        Study.Near(
            Study.Element("did_regression_balanced_2x2", "se_cluster_cr1")[3].GetDouble() * Math.Sqrt(764.0 / 765), test.StandardError);
    }

    private static Computed<RegressionFit> Fit(Row[] rows) => LinearRegression.Fit(
        rows.Select(row => row.Employment).ToArray(),
        [
            rows.Select(row => (double)row.NewJersey).ToArray(),
            rows.Select(row => (double)row.Wave).ToArray(),
            rows.Select(row => (double)row.NewJersey * row.Wave).ToArray(),
        ]);

    private static RegressionFit LinearRegressionOf(Row[] rows) => Fit(rows).Value;

    private static IEnumerable<double> Available(string column, string state)
    {
        var states = Study.Texts("state_name");
        return Study.Optional(column).Where((value, row) => value.HasValue && states[row] == state).Select(value => value!.Value);
    }

    private static Func<string, SampleSummary> Changes(double?[] after)
    {
        var states = Study.Texts("state_name");
        var before = Study.Optional("fte");
        return state => Study.Summarise(Enumerable.Range(0, Study.Rows)
            .Where(row => states[row] == state && before[row].HasValue && after[row].HasValue)
            .Select(row => after[row]!.Value - before[row]!.Value));
    }

    private static Row[] Stacked(double?[] before, double?[] after, bool complete)
    {
        var states = Study.Texts("state_name");
        return Enumerable.Range(0, Study.Rows)
            .Where(store => !complete || (before[store].HasValue && after[store].HasValue))
            .SelectMany(store => new[] { (Wave: 0, Fte: before[store]), (Wave: 1, Fte: after[store]) }
                .Where(wave => wave.Fte.HasValue)
                .Select(wave => new Row(store, wave.Wave, states[store] == "NJ" ? 1 : 0, wave.Fte!.Value)))
            .ToArray();
    }

    private sealed record Row(int Store, int Wave, int NewJersey, double Employment);
}
