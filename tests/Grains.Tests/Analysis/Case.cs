using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>Builds inputs of a look. The default: two variants at equal weights, 30,000 matured units each, eight days after the start.</summary>
internal static class Case
{
    public const string Signup = "signup";
    public const string Control = "control";
    public const string Treatment = "treatment";

    public static readonly DateTimeOffset Start = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    public static readonly DecisionRule Rule = DecisionRule.Default;

    /// <summary>Control converts at 10 %, the treatment as told.</summary>
    public static ResultsInput Of(long treatmentConversions, long units = 30_000) => Of(
        Experiment(),
        [Conversion(Signup)],
        Data([(Control, 1, units, units / 10), (Treatment, 1, units, treatmentConversions)]));

    public static ResultsInput Of(AnalysedExperiment experiment, ImmutableArray<MetricDefinition> metrics, AnalysisInputs data) =>
        new(experiment, metrics, data, Look());

    public static AnalysedExperiment Experiment(params string[] treatments)
    {
        string[] keys = [Control, .. treatments.Length == 0 ? [Treatment] : treatments];
        return new AnalysedExperiment(
            "checkout",
            [.. keys.Select((key, index) => new AnalysedVariant(key, 1, index == 0))],
            Signup,
            [],
            [],
            false,
            Rule,
            [Epoch(1, [.. keys.Select(_ => 1.0)])],
            Start,
            null,
            null,
            false,
            1,
            false);
    }

    public static Epoch Epoch(int number, params double[] weights) => new(number, Start.AddDays(number - 1), null, [.. weights], 1, null, false);

    public static MetricDefinition Conversion(string key) =>
        new(key, key, MetricType.Conversion, key, null, 24, MetricDirection.Increase, null, null, 14);

    public static LookContext Look(double days = 8) => new(
        "01995fb0d6a07000a000000000000001",
        Start.AddDays(days),
        Start.AddDays(days),
        Start.AddDays(days),
        LookKind.Look,
        48,
        0,
        LookHistory.Empty,
        "1",
        "0.1.0");

    /// <summary>Conversions of <see cref="Signup"/>; every analysed unit is mature.</summary>
    public static AnalysisInputs Data((string Variant, int Epoch, long Units, long Conversions)[] rows) => new(
        7,
        [.. rows.Select(row => new UnitCount(row.Variant, row.Epoch, row.Units, row.Units))],
        [.. rows.Select(row => Sum(Signup, row.Variant, row.Epoch, row.Units, row.Conversions))],
        [],
        0);

    public static MetricSum Sum(string metric, string variant, int epoch, long units, long conversions) =>
        Sum(metric, variant, epoch, units, Text(conversions), Text(conversions));

    public static MetricSum Sum(string metric, string variant, int epoch, long units, string sum, string squares) =>
        new(metric, variant, epoch, units, 0, sum, squares, new MaturedSum(units, 0, sum, squares));

    public static JsonElement Body(ResultsInput input) =>
        JsonDocument.Parse(CanonicalJson.Write(ResultsComputation.Compute(input).Results)).RootElement;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
