using Splitstream.Properties;

namespace Splitstream.Stats.Tests.Properties;

public sealed class FigureTests
{
    [Fact]
    public void A_rate_below_its_bound_holds_only_when_its_upper_limit_is_below_too()
    {
        Assert.True(Figure.RateBelow("", "", 900, 20_000, 0.05).Holds);
        Assert.False(Figure.RateBelow("", "", 980, 20_000, 0.05).Holds);
    }

    [Fact]
    public void A_bound_missed_by_little_is_plausible_with_few_runs_and_not_with_many()
    {
        Assert.True(Figure.Rate("", "", 6, 100, most: 0.05).IsPlausible);
        Assert.False(Figure.Rate("", "", 60_000, 1_000_000, most: 0.05).IsPlausible);
        Assert.False(Figure.Rate("", "", 60_000, 1_000_000, least: 0.07).IsPlausible);
    }

    [Fact]
    public void A_figure_without_a_bound_has_no_verdict() => Assert.Null(Figure.Rate("", "", 6, 100).Holds);

    [Fact]
    public void A_difference_holds_within_so_many_standard_errors()
    {
        // 5.0 and 5.3 % of 100,000: three standard errors.
        Assert.True(Figure.Difference("", "", 5_000, 100_000, 5_300, 100_000, 3.5).Holds);
        Assert.False(Figure.Difference("", "", 5_000, 100_000, 5_300, 100_000, 2.5).Holds);
    }
}
