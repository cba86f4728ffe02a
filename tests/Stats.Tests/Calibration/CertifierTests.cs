using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Calibration;

namespace Splitstream.Stats.Tests.Calibration;

public sealed class CertifierTests
{
    private static readonly CertificateOptions Short = new(1, 40_000, 8_000);

    [Fact]
    public void The_default_rule_realises_just_under_five_percent_and_finds_seven_of_ten()
    {
        var certificate = Certifier.Certify(Designs.Default, Short with { Runs = CertificateOptions.RunsNeeded });

        // 4.85 % by 200,000 numpy runs; power 0.70 and exaggeration 1.4 at the effect of 80 % power of a fixed horizon.
        Assert.Equal(0.0485, certificate.FalsePositives!.Rate, 0.0021);
        Assert.True(certificate is { Calibrated: true, Reason: null, Proposal: null, Looks: 109 });
        Assert.Equal(0.70, certificate.Effects[1].Power.Rate, 0.02);
        Assert.Equal(1.4, certificate.Effects[1].Exaggeration!.Value, 0.03);
    }

    [Fact]
    public void More_variants_need_a_higher_threshold_and_the_proposal_holds_in_fresh_runs()
    {
        var design = (Designs.Default with { Weights = [2, 1, 1, 1], UnitsPerDay = 10_000 })
            .With(rule => rule with { HorizonUnitsPerVariant = 112_000 });

        var certificate = Certifier.Certify(design, Short);
        var proposed = design.With(rule => rule with { PosteriorThreshold = certificate.Proposal!.PosteriorThreshold });
        var fresh = Certifier.Certify(proposed, Short with { Seed = 2 });

        Assert.Equal(Certificate.FalsePositiveRate, certificate.Reason);
        Assert.Equal(2, certificate.Nulls.Length);
        Assert.InRange(fresh.FalsePositives!.Rate, 0.04, 0.0535);
    }

    [Theory]
    [InlineData(RuleMethod.Posterior)]
    [InlineData(RuleMethod.AlwaysValid)]
    [InlineData(RuleMethod.GroupSequential)]
    [InlineData(RuleMethod.FixedHorizon)]
    public void A_rule_that_cannot_act_is_said_to_be_one_with_a_smaller_sample_that_can(RuleMethod method)
    {
        var design = Designs.Default.With(rule => rule with { Method = method }) with { UnitsPerDay = 1_000 };

        var certificate = Certifier.Certify(design, Short);

        Assert.Equal((false, Certificate.MinSampleUnreachable), (certificate.Calibrated, certificate.Reason));
        Assert.Equal(5_000, certificate.Proposal!.MinimumSample);

        // The other two spend all of alpha, so that no bound can lie below it.
        var rate = certificate.Proposal.FalsePositives;
        Assert.True((method is RuleMethod.Posterior or RuleMethod.AlwaysValid ? rate.UpperBound : rate.Interval.Lower) <= 0.05);
    }

    [Fact]
    public void Methods_that_spend_alpha_have_their_crossing_probability()
    {
        var grouped = Certifier.Certify(Designs.Default.With(rule => rule with { Method = RuleMethod.GroupSequential }), Short);
        var once = Certifier.Certify(Designs.Default.With(rule => rule with { Method = RuleMethod.FixedHorizon }), Short);

        Assert.Equal(0.05, grouped.CrossingProbability!.Value, 1e-4);
        Assert.Equal(0.05, once.CrossingProbability!.Value, 1e-12);
        Assert.Equal(0.05, grouped.FalsePositives!.Rate, 0.0045);
        Assert.Equal(0.05, once.FalsePositives!.Rate, 0.0045);
        Assert.Equal(Certificate.TooFewRuns, grouped.Reason);
    }

    [Fact]
    public void Without_a_correction_several_treatments_are_not_calibrated()
    {
        var design = (Designs.Default with { Weights = [1, 1, 1, 1, 1], UnitsPerDay = 10_000 })
            .With(rule => rule with { Method = RuleMethod.FixedHorizon, HolmCorrection = false });

        var certificate = Certifier.Certify(design, Short);

        Assert.Equal(Certificate.FalsePositiveRate, certificate.Reason);
        Assert.Equal(0.2, certificate.CrossingProbability!.Value, 1e-12);
    }

    [Fact]
    public void Values_of_real_units_are_resampled_and_normal_ones_are_an_assumption()
    {
        var random = new RunRandom(1, 1, 1);
        var values = Enumerable.Range(0, 20_000).Select(_ => random.Uniform() < 0.1 ? Math.Exp(3 + random.Normal()) : 0).ToArray();
        var revenue = Designs.Default with { Outcome = OutcomeModel.Resampled(values), MinimumEffect = null };

        var certificate = Certifier.Certify(revenue, Short);
        var assumed = Certifier.Certify(
            (revenue with { Outcome = OutcomeModel.Normal(revenue.Outcome.Mean, revenue.Outcome.Variance) })
                .With(rule => rule with { PosteriorThreshold = 0.998 }),
            Short with { Runs = CertificateOptions.RunsNeeded });

        Assert.Equal(0.0485, certificate.FalsePositives!.Rate, 0.005);
        Assert.Equal((false, Certificate.AssumptionNormal), (assumed.Calibrated, assumed.Reason));
    }

    [Fact]
    public void Sums_of_resampled_values_have_the_moments_of_single_draws()
    {
        var values = Enumerable.Range(0, 1_000).Select(i => i < 900 ? i % 7 : i * 3.0).ToArray();
        var design = Designs.Default with { Outcome = OutcomeModel.Resampled(values) };
        var plan = LookPlan.Of(design, keepAll: true);
        var sampler = OutcomeSampler.Create(design.Outcome, plan, [0, 0]);
        double sum = 0, squares = 0, squareSum = 0;
        const int Runs = 40_000;
        for (var run = 0; run < Runs; run++)
        {
            var random = new RunRandom(9, 0, (ulong)run);
            var sums = new Sums(2);
            sampler.Advance(0, sums, ref random);
            sum += sums.Sum[0];
            squareSum += sums.Sum[0] * sums.Sum[0];
            squares += sums.Squares[0];
        }

        double units = plan.Increment(0, 0);
        var (mean, variance) = (sum / Runs, squareSum / Runs - (sum / Runs * (sum / Runs)));
        Assert.Equal(0, mean / Math.Sqrt(units * design.Outcome.Variance), 0.02);
        Assert.Equal(1, variance / (units * design.Outcome.Variance), 0.04);
        Assert.Equal(1, squares / Runs / (units * design.Outcome.Variance), 0.01);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0)]
    [InlineData(1e8)]
    public void What_a_mean_is_beside_its_spread_changes_nothing(double mean)
    {
        var design = (Designs.Default with
        {
            Weights = [1, 1, 1],
            Outcome = OutcomeModel.Resampled([-1 + mean, -1 + mean, -1 + mean, 3 + mean]),
            UnitsPerDay = 6_000,
            MinimumEffect = 0.03,
        }).With(rule => rule with { Method = RuleMethod.FixedHorizon });

        var certificate = Certifier.Certify(design, Short);

        // One of three is clearly worse: that of the other two keeps all of alpha.
        Assert.Equal(0.05, certificate.Nulls[1].FalsePositives.Rate, 0.0046);
        Assert.InRange(certificate.Effects[1].Power.Rate, 0.6, 0.9);
    }

    [Fact]
    public void A_prior_on_the_lift_is_part_of_the_rule()
    {
        var design = Designs.Default with { Outcome = OutcomeModel.Normal(10, 100), MinimumEffect = null };
        SimulatedRate Rate(double mean, double deviation) =>
            Certifier.Certify(design.With(rule => rule with { LiftPrior = new NormalPosterior(mean, deviation) }), Short).FalsePositives!;

        // By an independent simulation in numpy: 0.949, 0.044 and 0.0085.
        Assert.Equal(0.949, Rate(0.05, 0.01).Rate, 0.005);
        Assert.Equal(0.044, Rate(0.02, 0.02).Rate, 0.0045);
        Assert.Equal(0.0085, Rate(0, 0.01).Rate, 0.002);
    }

    [Fact]
    public void An_experiment_that_the_cap_ends_takes_no_longer()
    {
        var design = (Designs.Default with { UnitsPerDay = 100_000, Outcome = OutcomeModel.Conversion(0.5) }).With(rule => rule with { MinimumDays = 0 });

        var certificate = Certifier.Certify(design, Short);
        var once = Certifier.Certify(design.With(rule => rule with { Method = RuleMethod.FixedHorizon }), Short);

        Assert.InRange(certificate.NullDuration!.MeanDays, 0.9, 1.0);
        Assert.Equal(1.0, certificate.NullDuration.Days90, 1e-9);
        Assert.Equal(1 + (1.0 / 6), once.NullDuration!.MeanDays, 1e-9);
    }

    [Fact]
    public void Unequal_variants_are_at_the_planned_maximum_with_the_largest()
    {
        var design = (Designs.Default with { Weights = [3, 1], MinimumEffect = 0.006 }).With(rule => rule with
        {
            Method = RuleMethod.GroupSequential, CadenceMinutes = 1_440, HorizonUnitsPerVariant = 84_000, MinimumSample = 1_000, MinimumDays = 0,
        });

        var certificate = Certifier.Certify(design, Short);

        // By an independent simulation in numpy: power 0.800 after 20.7 days on average.
        Assert.Equal(0.05, certificate.FalsePositives!.Rate, 0.0046);
        Assert.Equal(0.05, certificate.CrossingProbability!.Value, 1e-4);
        Assert.Equal(0.7996, certificate.Effects[1].Power.Rate, 0.009);
        Assert.Equal(20.67, certificate.Effects[1].Duration.MeanDays, 0.15);
    }

    [Fact]
    public void Guardrails_pause_falsely_within_their_alpha_at_every_look_of_the_experiment()
    {
        var guardrail = new GuardrailDesign(OutcomeModel.Conversion(0.05), true, 0.002);
        var design = Designs.Default with { Guardrails = [guardrail, guardrail, guardrail], MinimumEffect = null };

        var certificate = Certifier.Certify(design, Short with { Runs = 5_000 });

        Assert.InRange(certificate.FalsePauses!.UpperBound, 0.0001, 0.05);
    }

    [Fact]
    public void A_guardrail_that_cannot_be_proven_harmless_ships_nothing()
    {
        var design = Designs.Default with { Guardrails = [new GuardrailDesign(OutcomeModel.Conversion(0.05), true, 0, MarginMissing: true)] };

        var certificate = Certifier.Certify(design, Short with { Runs = 2_000 });

        Assert.Equal(0, certificate.Effects[2].Power.Rate);
    }

    [Fact]
    public void Delay_shortens_what_is_seen_and_days_hold_decisions_back()
    {
        var delayed = LookPlan.Of(Designs.Default with { DelayHours = 168 }, keepAll: false);
        var late = LookPlan.Of(Designs.Default.With(rule => rule with { MinimumSample = 1, MinimumDays = 14 }), keepAll: false);

        Assert.Equal((17.0, 20_000), (delayed.Looks[0].Days, delayed.Looks[0].Units[0]));
        Assert.Equal(42_000, delayed.Looks[^1].Units[0]);
        Assert.Equal(14, late.Looks[0].Days);
    }

    [Fact]
    public void The_looks_that_were_really_taken_can_be_certified()
    {
        var once = Certifier.Certify(Designs.Default with { LookDays = [28] }, Short);

        Assert.Equal(1, once.Looks);
        Assert.Equal(0.01, once.FalsePositives!.Rate, 0.002);
    }

    [Fact]
    public void The_same_seed_gives_the_same_certificate_on_any_number_of_threads()
    {
        var one = Certifier.Certify(Designs.Default, new CertificateOptions(3, 2_000, 1_000, 1));
        var three = Certifier.Certify(Designs.Default, new CertificateOptions(3, 2_000, 1_000, 3));

        Assert.Equal([.. one.Nulls], three.Nulls.ToArray());
        Assert.Equal([.. one.Effects], three.Effects.ToArray());
    }

    [Fact]
    public void History_at_a_constant_rate_has_the_rate_of_the_certificate()
    {
        var history = History(112_000, 28);

        var certificate = Certifier.Certify(Designs.Default with { Outcome = history, MinimumEffect = null }, new CertificateOptions(4, 4_000));
        var once = Certifier.Certify(
            (Designs.Default with { Outcome = history, MinimumEffect = null }).With(rule => rule with { Method = RuleMethod.FixedHorizon }),
            new CertificateOptions(5, 4_000));

        // Within three standard errors of what endless traffic realises.
        Assert.Equal(0.0485, certificate.FalsePositives!.Rate, 0.0102);
        Assert.Equal(0.05, once.FalsePositives!.Rate, 0.0104);
        Assert.Equal(109, certificate.Looks);
    }

    [Fact]
    public void History_is_dealt_by_weight_and_every_unit_once()
    {
        var design = Designs.Default with { Outcome = History(9_001, 10), Weights = [3, 1, 2], MinimumEffect = null };
        var plan = Certifier.PlanOf(design);
        var sampler = OutcomeSampler.Create(design.Outcome, plan, [0, 0, 0]).Fork();
        var sums = new Sums(3);
        var random = new RunRandom(1, 2, 3);
        for (var look = 0; look < plan.Looks.Length; look++)
            sampler.Advance(look, sums, ref random);

        Assert.Equal([4_500, 1_500, 3_000], plan.Looks[^1].Units);
        Assert.Equal(design.Outcome.Mean * 9_001, sums.Sum.Sum(), 1.0);
        Assert.Equal(sums.Sum, sums.Squares);
        Assert.Equal(design.Outcome.Mean, sums.Sum[1] / 1_500, 0.035);
    }

    [Fact]
    public void History_that_is_too_short_for_the_rule_is_said_to_be_with_a_rule_that_fits()
    {
        var design = Designs.Default with { Outcome = History(28_000, 28), MinimumEffect = null };

        var one = Certifier.Certify(design, new CertificateOptions(6, 3_000, Threads: 1));
        var three = Certifier.Certify(design, new CertificateOptions(6, 3_000, Threads: 3));

        Assert.Equal((false, Certificate.MinSampleUnreachable, 0), (one.Calibrated, one.Reason, one.Looks));
        Assert.Equal(5_000, one.Proposal!.MinimumSample);
        Assert.Equal(one.Proposal, three.Proposal);
    }

    [Fact]
    public void History_without_order_or_difference_is_refused()
    {
        Assert.Throws<ArgumentException>(() => OutcomeModel.Replayed([0, 1], [1, 1], false));
        Assert.Throws<ArgumentException>(() => OutcomeModel.Replayed([1, 0], [1, 0], false));
        Assert.Throws<ArgumentException>(() => OutcomeModel.Replayed([0], [1, 0], false));
        Assert.Throws<ArgumentOutOfRangeException>(() => OutcomeModel.Replayed([0, 1], [2, 0], true));
        Assert.Throws<ArgumentOutOfRangeException>(() => OutcomeModel.Replayed([0, 1], [double.NaN, 0], false));
    }

    [Fact]
    public void Every_method_is_compared_on_the_same_experiment()
    {
        var rows = Certifier.Compare(Designs.Default, Short);

        // Type I and power of the four rules, 10,000 and 4,000 numpy runs each.
        Assert.Equal([RuleMethod.Posterior, RuleMethod.AlwaysValid, RuleMethod.GroupSequential, RuleMethod.FixedHorizon], rows.Select(row => row.Method));
        Assert.Equal(0.70, rows[0].Power!.Rate, 0.035);
        Assert.Equal(0.54, rows[1].Power!.Rate, 0.045);
        Assert.Equal(0.78, rows[2].Power!.Rate, 0.03);
        Assert.Equal(0.79, rows[3].Power!.Rate, 0.03);
        Assert.InRange(rows[1].FalsePositives.Rate, 0.01, 0.04);
    }

    /// <summary>Units that come evenly, one in ten of which converts.</summary>
    private static OutcomeModel History(int units, double days)
    {
        var random = new RunRandom(8, 8, 8);
        return OutcomeModel.Replayed(
            [.. Enumerable.Range(1, units).Select(i => days * i / units)],
            [.. Enumerable.Range(0, units).Select(_ => random.Uniform() < 0.1 ? 1.0 : 0.0)],
            isConversion: true);
    }
}
