using System.Collections.Immutable;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Power;
using Splitstream.Stats.Tests.Calibration;

namespace Splitstream.Stats.Tests.Power;

public sealed class PowerPlanTests
{
    private static readonly CertificateOptions Options = new(5, EffectRuns: 8_000);

    /// <summary>0.505 points is about what a fixed horizon of 56,000 per variant finds with 80 %.</summary>
    private static readonly ExperimentDesign Usual = Designs.Default with { MinimumEffect = 0.00505 };

    [Fact]
    public void The_default_experiment_needs_what_was_simulated_for_it()
    {
        var sizes = Sizes(Usual);

        Assert.Equal(56_637, sizes[RuleMethod.FixedHorizon].Units[0]);
        Assert.InRange((double)sizes[RuleMethod.GroupSequential].Units[0] / sizes[RuleMethod.FixedHorizon].Units[0], 1.01, 1.06);
        Assert.Equal(28 + (2 / 6.0), sizes[RuleMethod.FixedHorizon].Days, 1e-9);

        // 0.75 of the maximum by 4,000 numpy runs with 28 daily looks.
        Assert.Equal(0.75, sizes[RuleMethod.GroupSequential].MeanUnits / sizes[RuleMethod.GroupSequential].Units.Sum(), 0.02);
        Assert.True(sizes[RuleMethod.AlwaysValid].Units[0] > 1.4 * 56_000);

        // The size is a whole number of looks, so that its power is above what was asked for by less than one of them brings.
        Assert.InRange(sizes[RuleMethod.Posterior].Power!.Rate, 0.8, 0.803);
    }

    [Theory]
    [InlineData(RuleMethod.Posterior)]
    [InlineData(RuleMethod.AlwaysValid)]
    [InlineData(RuleMethod.GroupSequential)]
    [InlineData(RuleMethod.FixedHorizon)]
    public void Experiments_of_the_needed_size_have_the_power(RuleMethod method)
    {
        foreach (var design in new[] { Usual, Usual with { Weights = [3, 1, 2], UnitsPerDay = 9_000 } })
        {
            var size = PowerPlan.Sizes(design, 0.8, Options).Single(row => row.Method == method).Size.Value;

            var fresh = (design with { LookDays = [] }).With(rule => rule with
            {
                Method = method, HorizonDays = size.Days + 1, HorizonUnitsPerVariant = size.Units.Max(),
            });
            var row = Certifier.Compare(fresh with { Weights = Rotated(design.Weights) }, new CertificateOptions(77, EffectRuns: 20_000))
                .Single(row => row.Method == method);

            Assert.Equal(0.8, row.Power!.Rate, 0.02);
        }
    }

    [Fact]
    public void The_detectable_effect_is_that_which_needs_these_days()
    {
        var effects = PowerPlan.Effects(Designs.Default, 28, 0.8, Options).ToDictionary(row => row.Method, row => row.Effect.Value);

        Assert.Equal(0.00508, effects[RuleMethod.FixedHorizon], 0.00001);
        Assert.InRange(effects[RuleMethod.GroupSequential] / effects[RuleMethod.FixedHorizon], 1.004, 1.03);

        // 80 % power of the default rule at 0.57 points by 4,000 numpy runs.
        Assert.Equal(0.0057, effects[RuleMethod.Posterior], 0.0002);
        var again = Sizes(Designs.Default with { MinimumEffect = effects[RuleMethod.AlwaysValid] });
        Assert.Equal(28, again[RuleMethod.AlwaysValid].Days, 1.0);
    }

    [Fact]
    public void Several_treatments_share_alpha_and_the_smallest_counts()
    {
        var sizes = Sizes(Usual with { Weights = [2, 1, 1, 2], MinimumEffect = 0.02 });

        // alpha / 3 at half of control's units, by the formula that statsmodels confirms.
        Assert.Equal((long)Math.Ceiling(AllocatedSize.ForProportions(0.1, 0.12, 0.5, 0.05 / 3, 0.8).Value), sizes[RuleMethod.FixedHorizon].Units[0]);
        Assert.Equal(sizes[RuleMethod.FixedHorizon].Units[0], sizes[RuleMethod.FixedHorizon].Units[3]);
        Assert.Equal(0.5, (double)sizes[RuleMethod.FixedHorizon].Units[1] / sizes[RuleMethod.FixedHorizon].Units[0], 0.001);
    }

    [Fact]
    public void Rates_that_should_fall_need_as_many_as_failures_that_should_rise()
    {
        var falls = Sizes(Usual with { Outcome = OutcomeModel.Conversion(0.9), HigherIsBetter = false });
        var rises = Sizes(Usual);

        Assert.Equal(rises[RuleMethod.FixedHorizon].Units, falls[RuleMethod.FixedHorizon].Units.ToArray());
        Assert.Equal(1, (double)rises[RuleMethod.Posterior].Units[0] / falls[RuleMethod.Posterior].Units[0], 0.08);
    }

    [Fact]
    public void Windows_and_days_make_it_longer_and_not_larger()
    {
        var plain = Sizes(Usual);
        var delayed = Sizes(Usual with { DelayHours = 72 });
        var early = PowerPlan.Effects(Designs.Default with { DelayHours = 72 }, 3, 0.8, Options);

        Assert.Equal(plain[RuleMethod.FixedHorizon].Units, delayed[RuleMethod.FixedHorizon].Units.ToArray());
        Assert.All(delayed, row => Assert.Equal(plain[row.Key].Days + 3, row.Value.Days, 1.0));
        Assert.All(early, row => Assert.False(row.Effect.IsConclusive));
    }

    [Fact]
    public void A_minimum_sample_that_is_out_of_reach_leaves_rules_without_an_effect()
    {
        var effects = PowerPlan.Effects(Designs.Default, 7, 0.8, Options).ToDictionary(row => row.Method, row => row.Effect);

        Assert.Equal(Certificate.MinSampleUnreachable, effects[RuleMethod.Posterior].Why!.Reason);
        Assert.Equal(Certificate.MinSampleUnreachable, effects[RuleMethod.AlwaysValid].Why!.Reason);
        Assert.Equal(0.0101, effects[RuleMethod.FixedHorizon].Value, 0.0003);
    }

    [Fact]
    public void Means_are_planned_like_rates()
    {
        var sizes = Sizes(Usual with { Outcome = OutcomeModel.Normal(3, 9), MinimumEffect = 0.3 });

        Assert.Equal(1_570, sizes[RuleMethod.FixedHorizon].Units[0]);

        // The minimum sample is far more than the effect needs.
        Assert.Equal(20_000, sizes[RuleMethod.Posterior].Units[0]);
        Assert.Equal(1, sizes[RuleMethod.Posterior].Power!.Rate, 0.001);
    }

    [Fact]
    public void The_same_seed_gives_the_same_plan_on_any_number_of_threads()
    {
        var one = PowerPlan.Sizes(Usual, 0.8, Options with { Threads = 1 });
        var three = PowerPlan.Sizes(Usual, 0.8, Options with { Threads = 3 });

        Assert.Equal(one.Select(row => row.Size.Value.MeanUnits), three.Select(row => row.Size.Value.MeanUnits));
        Assert.Equal(one[0].Size.Value.Power, three[0].Size.Value.Power);
    }

    [Fact]
    public void Effects_beyond_all_sizes_and_rates_are_refused()
    {
        Assert.Equal(Inconclusive.NoSolution, PowerPlan.Sizes(Usual with { MinimumEffect = 1e-6 }, 0.8, Options)[0].Size.Why!.Reason);
        Assert.Throws<ArgumentException>(() => PowerPlan.Sizes(Usual with { MinimumEffect = 0.9 }, 0.8, Options));
        Assert.Throws<ArgumentException>(() => PowerPlan.Sizes(Usual with { Outcome = OutcomeModel.Conversion(0.95), MinimumEffect = 0.05 }, 0.8, Options));
        Assert.Throws<ArgumentException>(() => PowerPlan.Sizes(Usual with { MinimumEffect = null }, 0.8, Options));
        Assert.Throws<ArgumentOutOfRangeException>(() => PowerPlan.Sizes(Usual, 0.02, Options));
        Assert.Throws<ArgumentOutOfRangeException>(() => PowerPlan.Effects(Usual, 0, 0.8, Options));
    }

    private static Dictionary<RuleMethod, MethodSize> Sizes(ExperimentDesign design) =>
        PowerPlan.Sizes(design, 0.8, Options).ToDictionary(row => row.Method, row => row.Size.Value);

    /// <summary>The certificate gives the effect to the first treatment: put the one of least weight there.</summary>
    private static ImmutableArray<double> Rotated(ImmutableArray<double> weights) =>
        [weights[0], .. weights.Skip(1).Order()];
}
