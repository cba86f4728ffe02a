using Splitstream.Stats.QuasiExperiments;

namespace Splitstream.Stats.Tests.QuasiExperiments;

public class TwoWayFixedEffectsTests
{
    /// <summary>
    /// statsmodels 0.13.5: OLS of the outcome on treatment and all dummies, get_robustcov_results("cluster"); its factor counts the six
    /// unit dummies too, so its error 0.3284791755652208 is multiplied by sqrt((22 - 10) / (22 - 5)).
    /// </summary>
    [Fact]
    public void A_panel_with_gaps_agrees_with_a_regression_on_dummies()
    {
        PanelRow[] rows =
        [
            new(0, 0, 0, 5.0), new(0, 1, 0, 7.2), new(0, 2, 0, 6.4), new(0, 3, 0, 9.1), new(1, 0, 0, 4.3), new(1, 1, 0, 6.0),
            new(1, 3, 0, 7.4), new(2, 0, 0, 3.1), new(2, 1, 0, 5.3), new(2, 2, 1, 9.0), new(2, 3, 1, 8.2), new(3, 0, 0, 6.4),
            new(3, 1, 0, 9.1), new(3, 2, 1, 12.3), new(3, 3, 1, 11.0), new(4, 1, 0, 5.4), new(4, 2, 0, 4.1), new(4, 3, 0, 8.3),
            new(5, 0, 0, 7.0), new(5, 1, 0, 7.2), new(5, 2, 1, 9.4), new(5, 3, 1, 13.1),
        ];

        var test = TwoWayFixedEffects.Compute(rows).Value;

        Assert.Equal(2.55555555555556, test.Estimate, 1e-10);
        Assert.Equal(0.27597770853715126, test.StandardError, 1e-10);
        Assert.Equal(5, test.DegreesOfFreedom);
        Assert.Equal(test.Estimate, TwoWayFixedEffects.Compute([.. rows.Reverse()]).Value.Estimate, 1e-10);
    }

    [Fact]
    public void Two_groups_in_two_periods_give_the_difference_of_four_means()
    {
        PanelRow[] rows =
        [
            new(1, 0, 0, 3), new(1, 1, 1, 9), new(2, 0, 0, 5), new(2, 1, 1, 8), new(3, 0, 0, 2), new(3, 1, 0, 4), new(4, 0, 0, 6),
            new(4, 1, 0, 7), new(5, 0, 0, 7), new(5, 1, 0, 7),
        ];

        // (8.5 - 4) - (6 - 5)
        Assert.Equal(3.5, TwoWayFixedEffects.Compute(rows).Value.Estimate, 1e-12);
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        Assert.Equal(Inconclusive.TooFewUnits, Reason([new(1, 0, 0, 1), new(1, 1, 1, 2)]));
        Assert.Equal(Inconclusive.TooFewUnits, Reason([]));
        Assert.Equal(
            Inconclusive.RankDeficient,
            Reason([new(1, 0, 0, 1), new(1, 1, 1, 2), new(2, 0, 0, 4), new(2, 1, 1, 6), new(3, 0, 0, 5), new(3, 1, 1, 9)]));
        Assert.Equal(Inconclusive.RankDeficient, Reason([new(1, 0, 1, 1), new(1, 1, 1, 2), new(2, 0, 0, 4), new(2, 1, 0, 6)]));
        Assert.Equal(
            Inconclusive.RankDeficient, Reason([.. Enumerable.Range(0, 12).Select(i => new PanelRow(i / 3, i % 3, 0.1 * (i / 3) + 0.7 / 3 * (i % 3), i * i % 7))]));
        Assert.Throws<ArgumentException>(() => TwoWayFixedEffects.Compute([new(1, 0, 0, 1), new(1, 0, 0, 1)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => TwoWayFixedEffects.Compute([new(1, 0, 0, double.NaN)]));

        static string Reason(PanelRow[] rows) => TwoWayFixedEffects.Compute(rows).Why!.Reason;
    }

    /// <summary>
    /// At alpha 0.05 and 40 units, 20,000 placebos with units that drift: between 4.5 and 5.5 %, well inside Monte Carlo error.
    /// </summary>
    [Fact]
    public void Placebos_alarm_at_their_alpha_with_forty_units()
    {
        const int Runs = 20_000;
        var random = new Random(1907);
        var alarms = 0;
        for (var run = 0; run < Runs; run++)
        {
            var rows = new List<PanelRow>();
            for (var unit = 0; unit < 40; unit++)
            {
                // A random walk of a unit: errors of its periods are strongly dependent.
                var level = 10 * random.NextDouble();
                for (var period = 0; period < 4; period++)
                {
                    level += random.NextDouble() - 0.5;
                    rows.Add(new PanelRow(unit, period, unit < 20 && period >= 2 ? 1 : 0, level + period));
                }
            }

            alarms += TwoWayFixedEffects.Compute(rows).Value.P < 0.05 ? 1 : 0;
        }

        Assert.InRange(alarms / (double)Runs, 0.045, 0.055);
    }
}
