using Splitstream.Properties;

namespace Splitstream.Stats.Tests.Properties;

/// <summary>
/// The studies of stats/properties with few runs and the same seeds: no figure misses its bound by more than five standard errors.
/// stats/properties/run does all of them.
/// </summary>
public sealed class ShortStudyTests
{
    /// <summary>Of the full number of runs; each takes a few seconds.</summary>
    private static readonly Dictionary<string, double> Shares = new()
    {
        ["anytime"] = 0.02,
        ["group_sequential"] = 0.03,
        ["certificates_even"] = 0.005,
        ["certificates"] = 0.005,
        ["certificates_values"] = 0.01,
        ["sample_ratio"] = 0.02,
        ["delays"] = 0.02,
        ["epochs"] = 0.02,
        ["guardrails"] = 0.05,
        ["late_exposures"] = 0.05,
        ["coverage"] = 0.03,
        ["bandits"] = 0.05,
    };

    public static TheoryData<string> Names => [.. Study.All.Select(study => study.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_short_study_keeps_its_bounds_as_far_as_chance_allows(string name)
    {
        var figures = Study.All.Single(study => study.Name == name).Run(new Effort(Shares[name]));

        Assert.All(figures, figure => Assert.True(figure.IsPlausible, figure.ToString()));
        Assert.Contains(figures, figure => figure.Holds is not null);
    }
}
