using System.Collections.Immutable;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Certificates;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Grains.Tests.Analysis;
using Splitstream.Storage.Certificates;

namespace Splitstream.Grains.Tests.Certificates;

/// <summary>What is simulated for an experiment, and when that no longer is the experiment.</summary>
public sealed class CertificateTests
{
    private static readonly DecisionPlan Plan = new(4_000, 0.1, null, null, 0.005);
    private static readonly MetricDefinition Signup = Case.Conversion(Case.Signup);
    internal static readonly CertificateInput Certified = Design(Definition(Plan)).Input! with { Runs = 2_000 };
    private static readonly CertificateStanding Standing = new(CertificateComputation.Compute(Certified, 2, CancellationToken.None), Certified);

    public static TheoryData<string> Lapses => [.. LapseRows.Keys];

    private static Dictionary<string, Func<ResultsInput, ResultsInput>> LapseRows { get; } = new()
    {
        ["method"] = input => Rule(input, rule => rule with { Method = DecisionMethod.AlwaysValid }),
        ["threshold"] = input => Rule(input, rule => rule with { PosteriorThreshold = 0.9 }),
        ["min_sample"] = input => Rule(input, rule => rule with { MinSample = 10 }),
        ["min_days"] = input => Rule(input, rule => rule with { MinDays = 1 }),
        ["cadence"] = input => Rule(input, rule => rule with { CadenceMinutes = 60 }),
        ["horizon"] = input => Rule(input, rule => rule with { HorizonDays = 60 }),
        ["correction"] = input => Rule(input, rule => rule with { Correction = PrimaryCorrection.None }),
        ["prior"] = input => Rule(input, rule => rule with { Prior = new LiftPrior(0, 0.1) }),
        ["protocol"] = input => input with { Experiment = input.Experiment with { ProtocolChanged = true } },
        ["guardrails"] = input => input with { Experiment = input.Experiment with { Guardrails = [Case.Signup] } },
        ["variants"] = input => input with { Experiment = Case.Experiment(Case.Treatment, "other") },
        ["weights"] = input => input with { Experiment = input.Experiment with { WeightsChanged = true } },
        ["metric"] = input => input with { Metrics = [Signup with { WindowHours = 48 }] },
        ["planned_units"] = _ => Look(Case.Of(5_700, 57_000)),
        ["base_rate"] = _ => Look(Case.Of(
            Case.Experiment(), [Signup], Case.Data([(Case.Control, 1, 30_000, 7_000), (Case.Treatment, 1, 30_000, 7_000)]))),
        ["looks"] = input => input with { Look = input.Look with { LookNumber = 170 } },
    };

    [Fact]
    public void The_plan_is_simulated_as_stated()
    {
        Assert.Equal((4_000, 0.1, 0.005, "plan"), (Certified.UnitsPerDay, Certified.Metric.Mean, Certified.Mde!.Value, Certified.Source));
        Assert.Equal((24, 2), (Certified.Metric.DelayHours, Certified.Variants.Length));
        Assert.Equal(0.05, Standing.Result.FalsePositiveRate!.Rate, 0.02);
        Assert.Equal(4, Standing.Result.Comparison.Length);
    }

    [Fact]
    public void What_the_plan_leaves_out_comes_from_stored_events()
    {
        var history = new Dictionary<string, MetricHistory> { [Case.Signup] = new(10_000, 0.2, 0.16, [0, 1]) };

        var input = CertificateDesigner.Design(
            Definition(null) with { Traffic = 0.5 }, Metrics(Signup), history, 3_000).Input!;

        Assert.Equal((1_500, 0.2, "events"), (input.UnitsPerDay, input.Metric.Mean, input.Source));
    }

    [Fact]
    public void Real_values_are_resampled_and_stated_moments_are_an_assumption()
    {
        var revenue = Signup with { Type = MetricType.Mean, PropertyPath = "$.amount" };
        var plan = new DecisionPlan(4_000, null, 3, 9, null);
        var history = new Dictionary<string, MetricHistory> { [Case.Signup] = new(3, 1, 1, [0, 1, 2]) };

        var resampled = CertificateDesigner.Design(Definition(plan), Metrics(revenue), history, null).Input!;
        var assumed = CertificateDesigner.Design(
            Definition(plan), Metrics(revenue), ImmutableDictionary<string, MetricHistory>.Empty, null).Input!;
        var certificate = CertificateComputation.Compute(assumed, 2, CancellationToken.None);

        Assert.Equal(3, resampled.Metric.Values!.Value.Length);
        Assert.Equal(("not_calibrated", "assumption_normal"), (certificate.Status, certificate.Reason));
    }

    [Fact]
    public void A_guardrail_of_which_nothing_is_known_is_named_and_without_a_margin_nothing_ships()
    {
        var errors = Case.Conversion("errors") with { Margin = new MetricBound(0.01, false) };
        var definition = Definition(Plan) with { Guardrails = ["errors"] };
        CertificateInput Of(MetricDefinition guardrail) => CertificateDesigner.Design(
            definition, Metrics(Signup).ToImmutableDictionary().Add("errors", guardrail), ImmutableDictionary<string, MetricHistory>.Empty, null).Input!;

        var unknown = Of(errors);
        var withoutMargin = CertificateComputation.Compute(Of(errors with { Margin = null }) with { Runs = 2_000 }, 2, CancellationToken.None);

        Assert.Empty(unknown.Guardrails);
        Assert.Equal("errors", Assert.Single(unknown.UnknownGuardrails!.Value));
        Assert.Null(withoutMargin.Plan!.UnknownGuardrails);
        Assert.All(withoutMargin.Power, power => Assert.Equal(0, power.Power.Rate));
    }

    [Fact]
    public void Without_plan_window_or_metric_there_is_nothing_to_simulate()
    {
        Assert.Equal("no_plan", Design(Definition(null)).Reason);
        Assert.Equal("no_plan", Design(Definition(Plan with { UnitsPerDay = null })).Reason);
        Assert.Equal("no_primary_metric", Design(Definition(Plan) with { PrimaryMetric = null }).Reason);
        Assert.Equal(
            "outcome_delay",
            CertificateDesigner.Design(
                Definition(Plan), Metrics(Signup with { WindowHours = null }), ImmutableDictionary<string, MetricHistory>.Empty, null).Reason);
    }

    [Fact]
    public void The_same_plan_has_the_same_hash_and_another_one_another()
    {
        Assert.Equal(Certified.Hash(), (Design(Definition(Plan)).Input! with { Runs = 2_000 }).Hash());
        Assert.NotEqual(Certified.Hash(), (Certified with { UnitsPerDay = 4_001 }).Hash());
        Assert.Equal(Certified.Hash(), CanonicalJson.ReadCertificateInput(CanonicalJson.Write(Certified)).Hash());
    }

    [Fact]
    public void An_experiment_as_it_was_simulated_keeps_its_certificate()
    {
        var input = Look(Case.Of(3_050));

        var certificate = ResultsComputation.Compute(input with { Certificate = Standing }).Results.Decision.Certificate;

        Assert.Equal(Standing.Result with { Changed = certificate.Changed }, certificate);
        Assert.Empty(certificate.Changed);
    }

    [Theory]
    [MemberData(nameof(Lapses))]
    public void A_certificate_lapses_with_what_it_was_made_for(string part)
    {
        var input = LapseRows[part](Look(Case.Of(3_050)));

        var certificate = ResultsComputation.Compute(input with { Certificate = Standing }).Results.Decision.Certificate;

        Assert.Equal((false, "lapsed"), (certificate.Calibrated, certificate.Status));
        Assert.Contains(part, certificate.Changed);
        Assert.Equal(certificate.Changed[0], certificate.Reason);
    }

    [Fact]
    public void A_snapshot_with_a_certificate_reads_back_to_the_same_bytes()
    {
        var text = CanonicalJson.Write(Look(Case.Of(3_050)) with { Certificate = Standing });

        Assert.Equal(text, CanonicalJson.Write(CanonicalJson.ReadInput(text)));
    }

    [Fact]
    public void Imported_data_are_certified_for_their_one_look()
    {
        var experiment = Case.Experiment() with { IsExternal = true, Rule = Case.Rule with { Method = DecisionMethod.FixedHorizon } };
        var data = Case.Data([(Case.Control, 1, 30_000, 3_000), (Case.Treatment, 1, 30_000, 3_050)]);

        var input = ImportedCertificate.Design(experiment, [Signup], data)!;
        var certificate = CertificateComputation.Compute(input, 2, CancellationToken.None);

        Assert.Equal((60_000, 0, 1), (input.UnitsPerDay, input.Rule.MinDays, certificate.Looks));
        Assert.True(certificate.Calibrated);
        Assert.Equal(0.05, certificate.FalsePositiveRate!.Rate, 0.003);
    }

    private static (CertificateInput? Input, string? Reason) Design(ExperimentDefinition definition) =>
        CertificateDesigner.Design(definition, Metrics(Signup), ImmutableDictionary<string, MetricHistory>.Empty, null);

    private static Dictionary<string, MetricDefinition> Metrics(params MetricDefinition[] metrics) => metrics.ToDictionary(metric => metric.Key);

    private static ExperimentDefinition Definition(DecisionPlan? plan) => new(
        "checkout",
        "Checkout",
        "It will be better",
        "user",
        [new Variant(Case.Control, 1, true, null), new Variant(Case.Treatment, 1, false, null)],
        1,
        null,
        null,
        ImmutableSortedDictionary<string, string>.Empty,
        Case.Signup,
        [],
        [],
        AssignmentMode.Server,
        DecisionRule.Default with { Plan = plan });

    private static ResultsInput Look(ResultsInput input) => input with { Look = input.Look with { LookNumber = 48 } };

    private static ResultsInput Rule(ResultsInput input, Func<DecisionRule, DecisionRule> change) =>
        input with { Experiment = input.Experiment with { Rule = change(input.Experiment.Rule) } };
}
