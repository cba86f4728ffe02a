using System.Globalization;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Quantiles;

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

    [SharedTheory]
    [InlineData("gate_30")]
    [InlineData("gate_40")]
    public void Quantiles_of_rounds_played_are_the_published_ones(string version)
    {
        var sorted = Rounds(version).Order().ToArray();

        foreach (var quantile in Study.Element("quantiles_sum_gamerounds", version).EnumerateObject())
            Study.Near(quantile.Value.GetDouble(), SampleQuantile.OfSorted(sorted, double.Parse(quantile.Name, CultureInfo.InvariantCulture)).Value);
    }

    [SharedFact]
    public void Medians_of_rounds_played_differ_by_one_round()
    {
        var result = QuantileDifference.Compute(
            QuantileMetric.Independent(Rounds("gate_30"), 0.5).Value, QuantileMetric.Independent(Rounds("gate_40"), 0.5).Value).Value;

        Assert.Equal(-1, result.Effect);
        Assert.InRange(result.P, 1e-4, 0.05);
    }

    private static double[] Rounds(string version)
    {
        var versions = Study.Texts("version");
        return [.. Study.Numbers("sum_gamerounds").Where((_, row) => versions[row] == version)];
    }
}
