using System.Text.Json;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>
/// The experiment of Cookie Cats, 90,189 players, as an import. Counts, sums and sums of squares were taken from the public file
/// (cookie_cats.csv of Atlam0s/cookie_cats_game_ab_test at d03852c8); the expected figures were computed from the same file with scipy
/// and numpy and are printed there to ten digits.
/// </summary>
public sealed class CookieCatsTests
{
    private const double Relative = 1e-6;

    private static readonly JsonElement Report = Case.Body(Input());

    [Fact]
    public void The_sample_ratio_equals_the_reference()
    {
        var srm = Report.GetProperty("srm");

        Assert.Equal(44_700, srm.GetProperty("observed").GetProperty("gate_30").GetInt64());
        Assert.Equal(45_489, srm.GetProperty("observed").GetProperty("gate_40").GetInt64());
        Near(45_094.5, srm.GetProperty("expected").GetProperty("gate_30"));
        Near(6.90240495, srm.GetProperty("chiSquared"));
        Near(0.008607987811, srm.GetProperty("pValue"));
        Assert.Equal(1, srm.GetProperty("degreesOfFreedom").GetInt32());
        Assert.False(srm.GetProperty("alarm").GetBoolean());
    }

    [Theory]
    [InlineData("retention_1", 0, "effect", -0.005905169787)]
    [InlineData("retention_1", 0, "statistic", -1.784086225)]
    [InlineData("retention_1", 0, "pValue", 0.0744096553)]
    [InlineData("retention_1", 0, "standardError", 0.00330989228)]
    [InlineData("retention_1", 0, "lift", -0.01317565586)]
    [InlineData("retention_1", 0, "probabilityBetter", 0.03720602518)]
    [InlineData("retention_1", 0, "expectedLoss", 0.005954127553)]
    [InlineData("retention_1", 0, "expectedLossOfControl", 4.917717964e-05)]
    [InlineData("retention_7", 0, "effect", -0.008201298315)]
    [InlineData("retention_7", 0, "statistic", -3.164358913)]
    [InlineData("retention_7", 0, "pValue", 0.001554249976)]
    [InlineData("retention_7", 0, "pValueAdjusted", 0.001554249976)]
    [InlineData("retention_7", 0, "standardError", 0.002592014008)]
    [InlineData("retention_7", 0, "lift", -0.0431190349)]
    [InlineData("retention_7", 0, "probabilityBetter", 0.0007773386646)]
    [InlineData("retention_7", 0, "probabilityBest", 0.0007773386646)]
    [InlineData("retention_7", 0, "expectedLoss", 0.00820172596)]
    [InlineData("retention_7", 0, "expectedLossOfControl", 5.478131606e-07)]
    [InlineData("sum_gamerounds", 0, "effect", -1.157488454)]
    [InlineData("sum_gamerounds", 0, "standardError", 1.307250417)]
    [InlineData("sum_gamerounds", 0, "degreesOfFreedom", 58595.48142)]
    [InlineData("sum_gamerounds", 0, "statistic", -0.8854374331)]
    [InlineData("sum_gamerounds", 0, "pValue", 0.3759243841)]
    [InlineData("sum_gamerounds", 0, "lift", -0.0220657814)]
    public void Comparisons_equal_the_reference(string metric, int comparison, string field, double expected) =>
        Near(expected, Metric(metric).GetProperty("comparisons")[comparison].GetProperty(field));

    [Theory]
    [InlineData("retention_1", "confidenceInterval", -0.01239243945, 0.0005820998748)]
    [InlineData("retention_1", "liftInterval", -0.027554099, 0.001202787282)]
    [InlineData("retention_7", "confidenceInterval", -0.01328155242, -0.003121044212)]
    [InlineData("retention_7", "liftInterval", -0.06924457701, -0.01699349278)]
    [InlineData("sum_gamerounds", "confidenceInterval", -3.719705116, 1.404728209)]
    [InlineData("sum_gamerounds", "liftInterval", -0.06998117972, 0.02584961693)]
    public void Intervals_equal_the_reference(string metric, string field, double lower, double upper)
    {
        var interval = Metric(metric).GetProperty("comparisons")[0].GetProperty(field);

        Near(lower, interval[0]);
        Near(upper, interval[1]);
    }

    [Theory]
    [InlineData("retention_1", 0, 0.4481879195)]
    [InlineData("retention_1", 1, 0.4422827497)]
    [InlineData("retention_7", 0, 0.1902013423)]
    [InlineData("retention_7", 1, 0.182000044)]
    [InlineData("sum_gamerounds", 0, 52.45626398)]
    [InlineData("sum_gamerounds", 1, 51.29877553)]
    public void Means_equal_the_reference(string metric, int variant, double expected) =>
        Near(expected, Metric(metric).GetProperty("variants")[variant].GetProperty("mean"));

    [Fact]
    public void The_spread_of_game_rounds_equals_the_reference()
    {
        Near(Math.Sqrt(65903.3219), Metric("sum_gamerounds").GetProperty("variants")[0].GetProperty("standardDeviation"));
        Near(Math.Sqrt(10669.73642), Metric("sum_gamerounds").GetProperty("variants")[1].GetProperty("standardDeviation"));
    }

    [Fact]
    public void Secondary_metrics_are_corrected_as_one_family_and_the_primary_one_apart()
    {
        // Benjamini-Hochberg over 0.0744 and 0.3759: twice the smaller, once the larger.
        Near(2 * 0.0744096553, Metric("retention_1").GetProperty("comparisons")[0].GetProperty("pValueAdjusted"));
        Near(0.3759243841, Metric("sum_gamerounds").GetProperty("comparisons")[0].GetProperty("pValueAdjusted"));
    }

    [Fact]
    public void The_gate_stays_at_level_30()
    {
        var decision = Report.GetProperty("decision");

        Assert.Equal("roll_back", decision.GetProperty("status").GetString());
        Assert.Equal("gate_30", decision.GetProperty("variant").GetString());
        Assert.Equal("significant", decision.GetProperty("reason").GetString());
        Assert.Equal("fixed_horizon", decision.GetProperty("rule").GetProperty("method").GetString());
        Assert.False(decision.GetProperty("certificate").GetProperty("calibrated").GetBoolean());
    }

    internal static ResultsInput Input()
    {
        MetricDefinition Define(string key, MetricType type) =>
            new(key, key, type, $"import:cookie-gate:{key}", "$.value", null, MetricDirection.Increase, null, null, 14);
        var experiment = Case.Experiment() with
        {
            Key = "cookie-gate",
            Variants = [new AnalysedVariant("gate_30", 1, true), new AnalysedVariant("gate_40", 1, false)],
            PrimaryMetric = "retention_7",
            SecondaryMetrics = ["retention_1", "sum_gamerounds"],
            IsExternal = true,
            Rule = Case.Rule with { Method = DecisionMethod.FixedHorizon },
        };
        var data = new AnalysisInputs(
            1,
            [new UnitCount("gate_30", 1, 0, 44_700), new UnitCount("gate_40", 1, 0, 45_489)],
            [
                Case.Sum("retention_7", "gate_30", 1, 44_700, 8_502),
                Case.Sum("retention_7", "gate_40", 1, 45_489, 8_279),
                Case.Sum("retention_1", "gate_30", 1, 44_700, 20_034),
                Case.Sum("retention_1", "gate_40", 1, 45_489, 20_119),
                Case.Sum("sum_gamerounds", "gate_30", 1, 44_700, "2344795", "3068811771"),
                Case.Sum("sum_gamerounds", "gate_40", 1, 45_489, "2333530", "605052202"),
            ],
            [],
            0);
        return new ResultsInput(
            experiment,
            [Define("retention_7", MetricType.Conversion), Define("retention_1", MetricType.Conversion), Define("sum_gamerounds", MetricType.Mean)],
            data,
            Case.Look() with { Kind = LookKind.Import, LookNumber = 1 });
    }

    private static JsonElement Metric(string key) =>
        Report.GetProperty("metrics").EnumerateArray().Single(metric => metric.GetProperty("metric").GetString() == key);

    private static void Near(double expected, JsonElement actual) =>
        Assert.InRange(actual.GetDouble(), expected - Math.Abs(expected) * Relative, expected + Math.Abs(expected) * Relative);
}
