using Splitstream.Stats.QuasiExperiments;

namespace Splitstream.Stats.Tests.RealStudies;

/// <summary>
/// California's tobacco tax of 1989 against 38 states (Abadie, Diamond and Hainmueller 2010; Arkhangelsky et al. 2021). Reference values
/// from exact solvers, recomputed with SciPy 1.10 for the shared data; weights and effects to the digits given there.
/// </summary>
public class Prop99Tests
{
    private const int PeriodsBefore = 19;

    private static readonly Lazy<Study> Data = new(() => Study.Open("california_prop99.csv", "california_prop99"));
    private static readonly Lazy<(string[] States, Panel Panel)> Shaped = new(Shape);

    private static Study Study => Data.Value;

    private static string[] States => Shaped.Value.States;

    private static Panel Panel => Shaped.Value.Panel;

    private static int California => Array.IndexOf(States, "California");

    [SharedFact]
    public void Plain_difference_in_differences_compares_with_the_mean_of_all_states()
    {
        var rows = States.SelectMany((_, state) => Enumerable.Range(0, Panel.Periods).Select(year => new PanelRow(
            state, year, state == California && year >= PeriodsBefore ? 1 : 0, Panel[state, year]))).ToArray();

        var test = TwoWayFixedEffects.Compute(rows).Value;

        Study.Near(Study.Number("did_simple_mean_of_38_donors", "att"), test.Estimate);
    }

    [SharedFact]
    public void Synthetic_control_finds_the_published_weights_and_gaps()
    {
        var result = SyntheticControl.Compute(Panel, California, PeriodsBefore).Value;

        var weights = Study.Element("synthetic_control_outcomes_only_simplex", "weights").EnumerateObject().ToDictionary(
            property => property.Name, property => property.Value.GetDouble());
        for (var state = 0; state < States.Length; state++)
            Study.Near(weights.GetValueOrDefault(States[state]), result.Weights[state], 1e-7);
        Study.Near(1, result.Weights.Sum(), 1e-14);
        Study.Near(Study.Number("synthetic_control_outcomes_only_simplex", "pre_rmspe"), result.ErrorBefore);
        Study.Near(Study.Number("synthetic_control_outcomes_only_simplex", "att_mean_1989_2000"), result.AverageEffect);
        for (var year = 0; year < Panel.Periods; year++)
        {
            var name = (1970 + year).ToString(System.Globalization.CultureInfo.InvariantCulture);
            Study.Near(Study.Number("synthetic_control_outcomes_only_simplex", "gap_by_year", name), result.Gaps[year], 1e-5);
        }
    }

    [SharedFact]
    public void Placebos_rank_California_third_of_39()
    {
        var result = SyntheticControl.PlaceboInSpace(Panel, California, PeriodsBefore).Value;

        Assert.Equal(Study.Element("placebo_in_space_post_pre_rmspe_ratio", "rank_of_california").GetInt32(), result.Rank);
        Study.Near(Study.Number("placebo_in_space_post_pre_rmspe_ratio", "permutation_p"), result.P);
        foreach (var state in Study.Element("placebo_in_space_post_pre_rmspe_ratio", "top5").EnumerateObject())
            Study.Near(state.Value.GetDouble(), result.ErrorRatios[Array.IndexOf(States, state.Name)], 1e-4);
    }

    [SharedFact]
    public void Synthetic_difference_in_differences_finds_the_published_effect_and_weights()
    {
        var result = SyntheticDifferenceInDifferences.Compute(Panel, [California], PeriodsBefore).Value;

        Study.Near(Study.Number("synthetic_did", "att"), result.Effect);
        Study.Near(Study.Number("synthetic_did", "zeta_omega"), result.Zeta);
        var times = Study.Element("synthetic_did", "time_weights").EnumerateObject().ToDictionary(
            property => int.Parse(property.Name, System.Globalization.CultureInfo.InvariantCulture),
            property => property.Value.GetDouble());
        for (var year = 0; year < PeriodsBefore; year++)
            Study.Near(times.GetValueOrDefault(1970 + year), result.TimeWeights[year], 1e-7);
        foreach (var state in Study.Element("synthetic_did", "unit_weights_top").EnumerateObject())
            Study.Near(state.Value.GetDouble(), result.UnitWeights[Array.IndexOf(States, state.Name)], 1e-7);
    }

    /// <summary>
    /// Published with 8.4, from random placebos. All 38 placebos in turn: 9.36841609478 with numpy 1.24.2 and the weights of scipy 1.10.1
    /// nnls (the sum as a heavy row).
    /// </summary>
    [SharedFact]
    public void Its_placebo_error_is_of_the_published_size()
    {
        var errors = SyntheticDifferenceInDifferences.Placebo(Panel, [California], PeriodsBefore).Value;

        Assert.Equal(38, errors.PlaceboEffects.Count);
        Study.Near(9.36841609478, errors.StandardError);
        Study.Near(-15.6053979, (errors.Interval.Lower + errors.Interval.Upper) / 2, 1e-6);
    }

    private static (string[] States, Panel Panel) Shape()
    {
        var states = Study.Texts("state");
        var years = Study.Numbers("year");
        var packs = Study.Numbers("packs_per_capita");
        var groups = Enumerable.Range(0, Study.Rows).GroupBy(row => states[row]).ToArray();
        return (
            groups.Select(group => group.Key).ToArray(),
            new Panel(groups.Select(group => group.OrderBy(row => years[row]).Select(row => packs[row]).ToArray()).ToArray()));
    }
}
