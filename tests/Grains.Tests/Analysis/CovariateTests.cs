using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.VarianceReduction;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>What the covariate does to effects, and what it must not do.</summary>
public sealed class CovariateTests
{
    private static readonly MetricDefinition Spend =
        Case.Conversion(Case.Signup) with { Type = MetricType.Mean, PropertyPath = "$.price", HasCovariate = true };

    [Fact]
    public void With_every_unit_known_from_before_the_effect_is_that_of_the_library()
    {
        var random = new Random(3);
        var (control, treatment) = (Shoppers(random, 400, 0, _ => true), Shoppers(random, 700, 5, _ => true));
        double[] X(SimulatedUnit[] units) => [.. units.Select(unit => (double)unit.Covariate)];
        double[] Y(SimulatedUnit[] units) => [.. units.Select(unit => (double)unit.Value)];
        var pairs = new[] { control, treatment }.Select(units => Stats.Samples.PairedSummary.FromValues(X(units), Y(units)).Value).ToArray();
        var theta = Cuped.Theta(pairs).Value;
        var adjusted = pairs.Select(variant => Cuped.Adjust(variant, theta, 0).Value).ToArray();

        var comparison = Compare(Spend, control, treatment);

        Assert.Equal(adjusted[1].Mean - adjusted[0].Mean, comparison.Effect!.Value, 9);
        Assert.Equal(Math.Sqrt(adjusted[0].VarianceOfMean + adjusted[1].VarianceOfMean), comparison.StandardError!.Value, 9);
        Assert.Equal(Y(treatment).Average() - Y(control).Average(), comparison.Adjustment!.Effect!.Value, 9);
        Assert.Equal(
            1 - Math.Pow(comparison.StandardError.Value / comparison.Adjustment.StandardError!.Value, 2),
            comparison.Adjustment.VarianceReduction!.Value,
            12);
        Assert.InRange(comparison.Adjustment.VarianceReduction.Value, 0.7, 0.95);
    }

    [Fact]
    public void Units_without_a_history_are_another_kind_and_not_units_that_did_nothing()
    {
        // New units spend as much as the best of the old ones: a line through "new means 0 before" would fit neither.
        var random = new Random(4);
        SimulatedUnit[] Units() => [.. Enumerable.Range(0, 2_000).Select(i => i % 2 == 0
            ? new SimulatedUnit(1_000 + random.Next(50))
            : random.Next(1_000) is var before ? new SimulatedUnit(before + random.Next(50), 0, before, 0, true) : null!)];
        var (control, treatment) = (Units(), Units());

        var known = Compare(Spend, control, treatment);
        var mixed = Compare(Spend, AsIfKnown(control), AsIfKnown(treatment));

        Assert.True(known.Adjustment!.VarianceReduction > 0.98);
        Assert.True(mixed.Adjustment!.VarianceReduction < 0.8);
    }

    [Fact]
    public void Theta_is_of_each_epoch()
    {
        // The covariate works one way in the first epoch and the other in the second: one theta for both would be none.
        var random = new Random(6);
        SimulatedUnit[] Units(int sign) => [.. Enumerable.Range(0, 1_000).Select(_ => random.Next(100))
            .Select(before => new SimulatedUnit(500 + sign * before + random.Next(10), 0, before, 0, true))];
        ImmutableArray<MetricSum> sums =
        [
            .. new[] { 1, 2 }.SelectMany(epoch => new[] { Case.Control, Case.Treatment }
                .Select(variant => SimulatedUnit.Sum(Spend, variant, epoch, Units(epoch == 1 ? 1 : -1)))),
        ];

        Assert.True(MetricTypeTests.Compare(Spend, sums).Adjustment!.VarianceReduction > 0.98);
    }

    [Fact]
    public void Conversions_without_any_history_stay_exact_and_with_it_are_means()
    {
        var metric = Case.Conversion(Case.Signup) with { HasCovariate = true };
        var random = new Random(8);
        SimulatedUnit[] Units(bool hasHistory) => [.. Enumerable.Range(0, 2_000).Select(_ => random.Next(2) is var before
            ? new SimulatedUnit(random.Next(10) < 2 + 5 * before ? 1 : 0, 0, hasHistory ? before : 0, 0, hasHistory && random.Next(2) == 0)
            : null!)];
        SimulatedUnit[] Known(SimulatedUnit[] units) => [.. units.Select(unit => unit with { HasHistory = unit.HasHistory || unit.Covariate > 0 })];
        var (control, treatment) = (Units(false), Units(false));
        var plain = MetricTypeTests.Compare(
            Case.Conversion(Case.Signup),
            Case.Data([(Case.Control, 1, 2_000, control.Sum(u => u.Value)), (Case.Treatment, 1, 2_000, treatment.Sum(u => u.Value))]).Sums);

        var exact = Compare(metric, control, treatment);
        var adjusted = Compare(metric, Known(Units(true)), Known(Units(true)));

        Assert.Equal(plain, exact);
        Assert.InRange(adjusted.Adjustment!.VarianceReduction!.Value, 0.1, 0.4);
        Assert.Equal(adjusted.Effect / adjusted.StandardError, adjusted.Statistic);
        Assert.Equal(adjusted.Effect, adjusted.PosteriorMean);
    }

    [Fact]
    public void A_ratio_is_adjusted_for_both_of_its_sides()
    {
        var metric = Case.Conversion(Case.Signup) with { Type = MetricType.Ratio, Denominator = new("visit", null), HasCovariate = true };
        var random = new Random(9);
        SimulatedUnit[] Units() => [.. Enumerable.Range(0, 3_000).Select(_ =>
        {
            int Buys(int visits, int rate) => Enumerable.Range(0, visits).Count(_ => random.Next(100) < rate);
            var (before, after, rate) = (20 + random.Next(20), 20 + random.Next(20), random.Next(2) * 60 + 10);
            return new SimulatedUnit(Buys(after, rate), after, Buys(before, rate), before, true);
        })];
        var (control, treatment) = (Units(), Units());

        var comparison = Compare(metric, control, treatment);

        Assert.True(comparison.Adjustment!.VarianceReduction > 0.8, $"{comparison.Adjustment.VarianceReduction}");
        Assert.InRange(Math.Abs(comparison.Effect!.Value / comparison.StandardError!.Value), 0, 4);
    }

    [Fact]
    public void Exposures_that_were_logged_late_bias_nothing()
    {
        // A treatment that stops spending at once until the exposure is logged, and nothing after it: the true effect on what follows is 0.
        // A look-back that ended at the exposure would subtract the damage as if it had been there before.
        var (right, wrong) = (new List<double>(), new List<double>());
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            SimulatedUnit[] Units(bool isTreated, bool endsAtExposure) => [.. Enumerable.Range(0, 200).Select(_ =>
            {
                var habit = 50 + random.Next(100);
                var (before, between, after) = (habit + random.Next(20), isTreated ? 0 : habit, habit + random.Next(20));
                return new SimulatedUnit(after, 0, endsAtExposure ? before / 2 + between / 2 : before, 0, true);
            })];
            foreach (var (list, endsAtExposure) in new[] { (right, false), (wrong, true) })
            {
                random = new Random(seed);
                var comparison = Compare(Spend, Units(false, endsAtExposure), Units(true, endsAtExposure));
                list.Add(comparison.Effect!.Value / comparison.StandardError!.Value);
            }
        }

        Assert.InRange(right.Average() * Math.Sqrt(right.Count), -4, 4);
        Assert.InRange(right.Count(z => Math.Abs(z) > 1.96) / (double)right.Count, 0, 0.1);
        Assert.True(Math.Abs(wrong.Average()) > 10, $"the trap shows nothing: {wrong.Average()}");
    }

    [Fact]
    public void A_A_experiments_with_a_covariate_and_new_units_reject_at_their_rate()
    {
        var (rejections, reductions) = (0, new List<double>());
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            SimulatedUnit[] Units() => Shoppers(random, 250, 0, r => r.Next(3) > 0);
            var comparison = Compare(Spend, Units(), Units());
            rejections += comparison.PValue < 0.05 ? 1 : 0;
            reductions.Add(comparison.Adjustment!.VarianceReduction!.Value);
        }

        Assert.InRange(rejections / 400.0, 0.006, 0.094);
        Assert.True(reductions.Average() > 0.3);
    }

    private static ComparisonResult Compare(MetricDefinition metric, SimulatedUnit[] control, SimulatedUnit[] treatment) => MetricTypeTests.Compare(
        metric, [SimulatedUnit.Sum(metric, Case.Control, 1, control), SimulatedUnit.Sum(metric, Case.Treatment, 1, treatment)]);

    private static SimulatedUnit[] AsIfKnown(SimulatedUnit[] units) => [.. units.Select(unit => unit with { HasHistory = true })];

    /// <summary>Units that spend as they did before, those that are known.</summary>
    private static SimulatedUnit[] Shoppers(Random random, int units, long effect, Func<Random, bool> isKnown) =>
    [
        .. Enumerable.Range(0, units).Select(_ =>
        {
            var (habit, known) = (random.Next(200), isKnown(random));
            return new SimulatedUnit(habit + random.Next(60) + effect, 0, known ? habit + random.Next(60) : 0, 0, known);
        }),
    ];
}
