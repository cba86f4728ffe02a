using System.Collections.Immutable;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>Every type of metric from sums to decision, and the error rates that a wrong variance would spoil.</summary>
public sealed class MetricTypeTests
{
    private const int Experiments = 400;

    private static readonly MetricDefinition Ratio = Case.Conversion(Case.Signup) with { Type = MetricType.Ratio, Denominator = new("visit", null) };
    private static readonly MetricDefinition High = Case.Conversion(Case.Signup) with { Type = MetricType.Quantile, PropertyPath = "$.ms", Quantile = 0.9 };
    private static readonly MetricDefinition Retention =
        Case.Conversion(Case.Signup) with { Type = MetricType.Retention, WindowHours = null, StartHours = 144, EndHours = 168 };

    public static TheoryData<DecisionMethod, string> MethodsAndTypes()
    {
        var rows = new TheoryData<DecisionMethod, string>();
        foreach (var method in Enum.GetValues<DecisionMethod>())
        {
            foreach (var type in new[] { "ratio", "quantile", "retention", "adjusted" })
            {
                rows.Add(method, type);
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(MethodsAndTypes))]
    public void Every_type_ships_by_every_method_when_the_effect_is_plain_and_not_before(DecisionMethod method, string type)
    {
        var metric = type switch
        {
            "ratio" => Ratio,
            "quantile" => High,
            "retention" => Retention,
            _ => Case.Conversion(Case.Signup) with { Type = MetricType.Mean, PropertyPath = "$.price", HasCovariate = true },
        };
        var rule = Case.Rule with { Method = method, MinSample = 1_000, HorizonUnitsPerVariant = 4_000 };

        Assert.Equal("ship", Decide(metric, rule, lift: 12).Status);
        Assert.NotEqual("ship", Decide(metric, rule, lift: 0).Status);
        Assert.Equal("roll_back", Decide(metric, rule, lift: -12).Status);
    }

    [Fact]
    public void A_ratio_is_that_of_the_library_over_epochs()
    {
        var random = new Random(5);
        var epochs = Enumerable.Range(1, 2).Select(epoch => (
            Control: Visitors(random, 300 * epoch, 0), Treatment: Visitors(random, 900 / epoch, 10))).ToArray();
        var sums = epochs.SelectMany((epoch, e) => new[]
        {
            SimulatedUnit.Sum(Ratio, Case.Control, e + 1, epoch.Control), SimulatedUnit.Sum(Ratio, Case.Treatment, e + 1, epoch.Treatment),
        });
        var expected = RatioMetric.Stratified([.. epochs.Select(epoch => new EpochPairs(Pairs(epoch.Control), Pairs(epoch.Treatment)))]).Value;

        var comparison = Compare(Ratio, [.. sums]);

        Assert.Equal(expected.Effect, comparison.Effect!.Value, 12);
        Assert.Equal(expected.StandardError, comparison.StandardError!.Value, 12);
        Assert.Equal(expected.P, comparison.PValue!.Value, 10);
        Assert.Equal(expected.Lift.Value.Lift, comparison.Lift!.Value, 10);
        Assert.Null(comparison.DegreesOfFreedom);
    }

    [Fact]
    public void A_ratio_keeps_its_error_rate_where_the_error_of_single_events_is_visibly_wrong()
    {
        var (delta, naive) = (0, 0);
        for (var seed = 0; seed < Experiments; seed++)
        {
            var random = new Random(seed);
            var (control, treatment) = (Visitors(random, 500, 0), Visitors(random, 500, 0));
            var comparison = Compare(
                Ratio, [SimulatedUnit.Sum(Ratio, Case.Control, 1, control), SimulatedUnit.Sum(Ratio, Case.Treatment, 1, treatment)]);
            delta += comparison.PValue < 0.05 ? 1 : 0;

            // Each visit as if it were a unit of its own.
            var error = Math.Sqrt(PerVisit(control) + PerVisit(treatment));
            naive += Math.Abs(comparison.Effect!.Value / error) > 1.96 ? 1 : 0;
        }

        // Four standard errors of the rate around 5 %.
        Assert.InRange(delta / (double)Experiments, 0.006, 0.094);
        Assert.True(naive / (double)Experiments > 0.2, $"the naive error rejects only {naive} of {Experiments}");
    }

    [Fact]
    public void A_quantile_keeps_its_error_rate_though_events_of_a_unit_hang_together()
    {
        var (clustered, naive) = (0, 0);
        for (var seed = 0; seed < Experiments; seed++)
        {
            var random = new Random(seed);
            var (control, treatment) = (Loads(random, 300), Loads(random, 300));
            var comparison = Compare(
                High, [SimulatedUnit.Sum(High, Case.Control, 1, control), SimulatedUnit.Sum(High, Case.Treatment, 1, treatment)]);
            clustered += comparison.PValue < 0.05 ? 1 : 0;

            // Each event as a unit of its own: the same numbers, taken apart.
            var apart = Compare(
                High, [SimulatedUnit.Sum(High, Case.Control, 1, Apart(control)), SimulatedUnit.Sum(High, Case.Treatment, 1, Apart(treatment))]);
            Assert.Equal(comparison.Effect, apart.Effect);
            naive += apart.PValue < 0.05 ? 1 : 0;
        }

        Assert.InRange(clustered / (double)Experiments, 0.006, 0.094);
        Assert.True(naive / (double)Experiments > 0.2, $"independent events reject only {naive} of {Experiments}");
    }

    [Fact]
    public void A_ratio_without_denominators_is_inconclusive_and_shows_no_mean()
    {
        SimulatedUnit[] units = [.. Enumerable.Repeat(new SimulatedUnit(0), 100)];

        var result = Run(Ratio, [SimulatedUnit.Sum(Ratio, Case.Control, 1, units), SimulatedUnit.Sum(Ratio, Case.Treatment, 1, units)]);

        Assert.Equal("zero_denominator", Assert.Single(result.Comparisons).Reason);
        Assert.All(result.Variants, variant => Assert.Null(variant.Mean));
        Assert.All(result.Variants, variant => Assert.Equal(0, variant.Denominator));
    }

    [Fact]
    public void Immature_units_do_not_decide_a_retention()
    {
        // Half of the units are not old enough to have come back: counted as lost, the treatment would look far worse.
        var control = Case.Sum(Case.Signup, Case.Control, 1, 10_000, 4_500);
        var treatment = Case.Sum(Case.Signup, Case.Treatment, 1, 20_000, 4_500) with { Matured = control.Matured };

        var result = Run(Retention, [control, treatment]);

        Assert.True(result.Comparisons[0].PValue < 1e-10);
        Assert.Equal(10_000, result.Variants[1].PendingUnits);
        Assert.Equal(0, result.Matured!.Comparisons[0].Effect);
    }

    [Fact]
    public void A_relative_cap_bounds_what_is_tested_and_shows_what_was_cut_off()
    {
        var metric = Case.Conversion(Case.Signup) with { Type = MetricType.Mean, PropertyPath = "$.price", Cap = new MetricBound(0.99, true) };
        var capped = new CappedSum("40", "5000", "60000");
        var control = Case.Sum(Case.Signup, Case.Control, 1, 1_000, "90000", "7000000000");
        var treatment = Case.Sum(Case.Signup, Case.Treatment, 1, 1_000, "5100", "65000");
        MetricSum With(MetricSum sum, CappedSum bound) => sum with { Capped = bound, Matured = sum.Matured with { Capped = bound } };

        var result = Run(metric, [With(control, capped), With(treatment, capped with { Sum = "5050" })]);

        Assert.Equal(40, result.Cap);
        Assert.Equal((5, 5_000, 90_000), (result.Variants[0].Mean, result.Variants[0].Sum, result.Variants[0].UncappedSum));
        Assert.Equal(0.05, result.Comparisons[0].Effect!.Value, 12);
    }

    [Fact]
    public void A_prior_on_the_lift_draws_a_mean_towards_it_and_leaves_conversions_exact()
    {
        var mean = Case.Conversion(Case.Signup) with { Type = MetricType.Mean, PropertyPath = "$.price" };
        ImmutableArray<MetricSum> sums =
        [
            Case.Sum(Case.Signup, Case.Control, 1, 1_000, "100000", "20000000"), Case.Sum(Case.Signup, Case.Treatment, 1, 1_000, "104000", "20816000"),
        ];
        var rule = Case.Rule with { Prior = new LiftPrior(0, 0.02) };
        var flat = Compare(mean, sums);
        var drawn = Compare(mean, sums, rule);

        // lift 0.04 with error e: weight 1/(1 + e^2/0.02^2), in units of a control mean of 100.
        var interval = flat.LiftInterval!;
        var error = (interval.Upper - interval.Lower) / 2 / 1.959963984540054;
        Assert.Equal(100 * 0.04 / (1 + error * error / 0.0004), drawn.PosteriorMean!.Value, 9);
        Assert.True(drawn.ProbabilityBetter < flat.ProbabilityBetter);
        Assert.Equal(flat.PValue, drawn.PValue);

        var conversions = Case.Data([(Case.Control, 1, 1_000, 100), (Case.Treatment, 1, 1_000, 130)]).Sums;
        var plain = Case.Conversion(Case.Signup);
        Assert.Equal(Compare(plain, conversions).ProbabilityBetter, Compare(plain, conversions, rule).ProbabilityBetter);
    }

    internal static ComparisonResult Compare(MetricDefinition metric, ImmutableArray<MetricSum> sums, DecisionRule? rule = null) =>
        Assert.Single(Run(metric, sums, rule).Comparisons);

    internal static MetricResult Run(MetricDefinition metric, ImmutableArray<MetricSum> sums, DecisionRule? rule = null) =>
        Assert.Single(ResultsComputation.Compute(Input(metric, sums, rule ?? Case.Rule)).Results.Metrics);

    private static DecisionResult Decide(MetricDefinition metric, DecisionRule rule, long lift)
    {
        var random = new Random(11);
        IReadOnlyList<SimulatedUnit> Units(long by) => metric.Type switch
        {
            MetricType.Ratio => Visitors(random, 4_000, by),
            MetricType.Quantile => Loads(random, 4_000, by),
            MetricType.Retention => [.. Enumerable.Range(0, 4_000).Select(_ => new SimulatedUnit(random.Next(100) < 45 + by ? 1 : 0))],
            _ => [.. Enumerable.Range(0, 4_000).Select(_ => random.Next(100)).Select(x => new SimulatedUnit(x + random.Next(20) + by, 0, x, 0, true))],
        };
        ImmutableArray<MetricSum> sums =
            [SimulatedUnit.Sum(metric, Case.Control, 1, Units(0)), SimulatedUnit.Sum(metric, Case.Treatment, 1, Units(lift))];
        return ResultsComputation.Compute(Input(metric, sums, rule)).Results.Decision;
    }

    private static ResultsInput Input(MetricDefinition metric, ImmutableArray<MetricSum> sums, DecisionRule rule) => Case.Of(
        Case.Experiment() with { Rule = rule, Epochs = [.. sums.Select(sum => sum.Epoch).Distinct().Select(epoch => Case.Epoch(epoch, 1, 1))] },
        [metric],
        new AnalysisInputs(7, [.. sums.Select(sum => new UnitCount(sum.Variant, sum.Epoch, sum.Units, sum.Units))], sums, [], 0));

    /// <summary>Units that buy in each of their many visits with a probability of their own.</summary>
    private static SimulatedUnit[] Visitors(Random random, int units, long percent) =>
    [
        .. Enumerable.Range(0, units).Select(_ =>
        {
            var (visits, rate) = (random.Next(30), random.Next(2) * 60 + 5 + percent);
            return new SimulatedUnit(Enumerable.Range(0, visits).Count(_ => random.Next(100) < rate), visits);
        }),
    ];

    /// <summary>Units with a connection of their own, and page loads that are slow or fast with it.</summary>
    private static SimulatedUnit[] Loads(Random random, int units, long percent = 0) =>
    [
        .. Enumerable.Range(0, units).Select(_ =>
        {
            var connection = SimulatedUnit.Normal(random);
            return new SimulatedUnit(0, Events:
            [
                .. Enumerable.Range(0, 1 + random.Next(15)).Select(_ =>
                    (long)(1_000_000 * Math.Exp(connection + 0.3 * SimulatedUnit.Normal(random)) * (100 + 3 * percent) / 100)),
            ]);
        }),
    ];

    private static SimulatedUnit[] Apart(SimulatedUnit[] units) =>
        [.. units.SelectMany(unit => unit.Events).Select(value => new SimulatedUnit(0, Events: [value]))];

    private static double PerVisit(SimulatedUnit[] units)
    {
        double visits = units.Sum(unit => unit.Denominator);
        var rate = units.Sum(unit => unit.Value) / visits;
        return rate * (1 - rate) / visits;
    }

    private static PairedSummary Pairs(SimulatedUnit[] units) =>
        PairedSummary.FromValues([.. units.Select(u => (double)u.Denominator)], [.. units.Select(u => (double)u.Value)]).Value;
}
