using Splitstream.Stats.Frequentist;

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

    private static double[] Rounds(string version)
    {
        var versions = Study.Texts("version");
        return [.. Study.Numbers("sum_gamerounds").Where((_, row) => versions[row] == version)];
    }
}
