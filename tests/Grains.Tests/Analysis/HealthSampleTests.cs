using System.Globalization;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>
/// What the health report makes of the sample whose raw rows were read: effects by day since exposure, new and returning units.
/// </summary>
public sealed class HealthSampleTests
{
    private const int Days = 4;
    private static readonly HealthInputs Nothing = new(1, [], [], [], [], [], [], null);

    /// <summary>What each unit did on each of its four days: much at first where it got the treatment.</summary>
    private static readonly long[][] Control = [[1, 0, 2, 1], [0, 0, 1, 0], [3, 1, 1, 2], [0, 2, 0, 0], [1, 1, 0, 1]];
    private static readonly long[][] Treated = [[5, 3, 2, 1], [2, 2, 0, 0], [6, 4, 1, 1], [4, 1, 1, 0]];

    /// <summary>Effects and their p-values (Welch) were computed with scipy 1.10 from the same units.</summary>
    [Fact]
    public void An_effect_that_fades_shows_by_day_since_exposure()
    {
        var found = Health(Fading()).Novelty!.SinceExposure!;

        Assert.Equal(9, found.UnitsRead);
        Assert.Equal([0, 1, 2, 3], found.Days.Select(day => day.Day));
        var effects = found.Days.Select(day => day.Comparisons.Single()).ToArray();
        Assert.Equal([3.25, 1.7, 0.2, -0.3], effects.Select(effect => Math.Round(effect.Effect!.Value, 12)));
        Assert.All(effects, effect => Assert.Equal((5L, 4L), (effect.ControlUnits, effect.TreatmentUnits)));
        Assert.Equal(0.021997806701440636, effects[0].PValue!.Value, 1e-12);
        Assert.Equal(0.5459783559485423, effects[3].PValue!.Value, 1e-12);
        Assert.True(effects[0].ConfidenceInterval!.Lower > 0 && effects[3].ConfidenceInterval!.Lower < 0);
    }

    /// <summary>
    /// A slope per unit by numpy 1.24 (polyfit), and Welch's test of these slopes with scipy 1.10: a unit counts once, however many days it
    /// has.
    /// </summary>
    [Fact]
    public void The_trend_is_the_difference_of_the_slopes_of_units()
    {
        var trend = Health(Fading()).Novelty!.SinceExposure!.Trends.Single();

        Assert.Equal((Case.Treatment, Case.Control, 5L, 4L), (trend.Variant, trend.Control, trend.ControlUnits, trend.TreatmentUnits));
        Assert.Equal(-1.215, trend.Effect!.Value, 1e-12);
        Assert.Equal(0.2255918142722973, trend.StandardError!.Value, 1e-12);
        Assert.Equal(-1.8290243639548887, trend.ConfidenceInterval!.Lower, 1e-9);
        Assert.Equal(-0.600975636045112, trend.ConfidenceInterval.Upper, 1e-9);
        Assert.Equal(0.004948990107910722, trend.PValue!.Value, 1e-9);
    }

    /// <summary>A unit that signs up does so once: a lasting effect on it fades by day as well.</summary>
    [Fact]
    public void A_trend_since_exposure_is_shown_and_warns_of_nothing()
    {
        SlopeSum Of(string variant, long each) => new(variant, 1, 10_000, Text(10_000 * each), Text(10_000 * (each * each + 1)));
        var sample = new SampledHealth(20_000, new DaysSinceExposure(Days, [], [Of(Case.Control, 0), Of(Case.Treatment, -1)]), null);

        var report = Health(sample);

        Assert.True(report.Novelty!.SinceExposure!.Trends.Single().PValue < 1e-9);
        Assert.Empty(report.Warnings);
    }

    /// <summary>Epochs of equal effect and unequal level: pooled, the second epoch's weights would make an effect of them.</summary>
    [Fact]
    public void Days_are_compared_within_epochs()
    {
        DaySum Of(string variant, int epoch, long units, long conversions) => new(0, variant, epoch, units, Text(conversions), Text(conversions));
        var sample = new SampledHealth(
            2_000,
            new DaysSinceExposure(
                2,
                [
                    Of(Case.Control, 1, 900, 90), Of(Case.Treatment, 1, 100, 10), Of(Case.Control, 2, 100, 30), Of(Case.Treatment, 2, 900, 270),
                ],
                []),
            null);

        var day = Health(sample).Novelty!.SinceExposure!.Days.Single().Comparisons.Single();

        Assert.Equal((1_000, 1_000), (day.ControlUnits, day.TreatmentUnits));
        Assert.Equal(0, day.Effect!.Value, 1e-12);
    }

    [Fact]
    public void New_and_returning_units_of_a_metric_without_a_covariate_are_those_of_the_sample()
    {
        var sample = new SampledHealth(777, null, [
            new HistorySum(true, Case.Control, 1, 200, "20", "20"), new HistorySum(true, Case.Treatment, 1, 200, "20", "20"),
            new HistorySum(false, Case.Control, 1, 100, "10", "10"), new HistorySum(false, Case.Treatment, 1, 100, "30", "30"),
        ]);

        var report = Health(sample);

        Assert.Equal([(false, 14, 777L, 0.2), (true, 14, 777L, 0.0)], report.Histories.Select(history => (
            history.IsReturning, history.LookbackDays, history.UnitsRead!.Value, Math.Round(history.Comparisons.Single().Effect!.Value, 12))));
        Assert.Null(report.Novelty!.SinceExposure);
    }

    [Fact]
    public void Inputs_with_a_sample_give_the_same_report_when_they_are_read_back()
    {
        var input = With(Nothing with { Sample = Fading() with { Histories = [new HistorySum(true, Case.Control, 1, 2, "1", "1")] } });

        var stored = CanonicalJson.ReadInput(CanonicalJson.Write(input));

        Assert.Equal(CanonicalJson.Write(input), CanonicalJson.Write(stored));
        Assert.Equal(Text(input), Text(stored));
        Assert.Contains(
            """ "sinceExposure":{"unitsRead":9,"days":[{"day":0,""".TrimStart(), Text(input), StringComparison.Ordinal);
    }

    [Fact]
    public void Snapshots_from_before_there_was_a_sample_keep_their_bytes_and_verify()
    {
        var old = With(Nothing with { Histories = [new HistorySum(true, Case.Control, 1, 2, "1", "1")] });
        var again = With(old.Data.Health! with { Sample = Fading() });
        var result = Text(old);

        Assert.DoesNotContain("sample\":", CanonicalJson.Write(old), StringComparison.Ordinal);
        Assert.DoesNotContain("sinceExposure", result, StringComparison.Ordinal);
        Assert.DoesNotContain("unitsRead", result, StringComparison.Ordinal);
        Assert.Null(Difference(old, again));
    }

    [Fact]
    public void A_sample_that_differs_is_named_but_a_part_whose_rows_are_gone_is_not()
    {
        var stored = With(Nothing with { Sample = Fading() with { Histories = [new HistorySum(true, Case.Control, 1, 2, "1", "1")] } });
        ResultsInput Again(Func<SampledHealth, SampledHealth?> change) => With(Nothing with { Sample = change(stored.Data.Health!.Sample!) });

        Assert.Null(Difference(stored, Again(sample => sample)));
        Assert.Null(Difference(stored, Again(sample => sample with { Histories = null })));
        Assert.Null(Difference(stored, Again(sample => sample with { Days = null })));
        Assert.Equal("health", Difference(stored, Again(sample => sample with { Units = 8 })));
        Assert.Equal("health", Difference(stored, Again(sample => sample with { Histories = [] })));
        Assert.Equal("health", Difference(stored, Again(sample => sample with { Days = sample.Days! with { Slopes = [] } })));
        Assert.Equal("health", Difference(stored, Again(_ => null)));
    }

    private static string Text(ResultsInput input) => CanonicalJson.Write(ResultsComputation.Compute(input).Results);

    private static string? Difference(ResultsInput stored, ResultsInput again) =>
        InputComparison.FirstDifference(stored.Metrics, stored.Data, again.Data);

    private static HealthResult Health(SampledHealth sample) =>
        ResultsComputation.Compute(With(Nothing with { Sample = sample })).Results.Health!;

    private static ResultsInput With(HealthInputs health)
    {
        var input = Case.Of(3_300);
        return input with { Data = input.Data with { Health = health } };
    }

    private static SampledHealth Fading() => new(
        9,
        new DaysSinceExposure(
            Days,
            [.. Enumerable.Range(0, Days).SelectMany(day => new[] { Day(day, Case.Control, Control), Day(day, Case.Treatment, Treated) })],
            [Slope(Case.Control, Control), Slope(Case.Treatment, Treated)]),
        null);

    private static DaySum Day(int day, string variant, long[][] units) =>
        new(day, variant, 1, units.Length, Text(units.Sum(unit => unit[day])), Text(units.Sum(unit => unit[day] * unit[day])));

    private static SlopeSum Slope(string variant, long[][] units)
    {
        var slopes = units.Select(unit => unit.Select((value, day) => (2 * day - (Days - 1)) * value).Sum()).ToArray();
        return new SlopeSum(variant, 1, units.Length, Text(slopes.Sum()), Text(slopes.Sum(slope => slope * slope)));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
