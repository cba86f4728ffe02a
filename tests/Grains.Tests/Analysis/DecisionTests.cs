using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>The decision rule as a table: what is given, what is decided, and why.</summary>
public sealed class DecisionTests
{
    private const string Errors = "errors";

    // 3,300 of 30,000 against 3,000: P(better) is beyond 0.9999. 2,700 is as clearly worse.
    private static readonly ResultsInput Better = Case.Of(3_300);
    private static readonly ResultsInput Worse = Case.Of(2_700);
    private static readonly ResultsInput Even = Case.Of(3_000);

    private static readonly Dictionary<string, (ResultsInput Input, string Status, string? Variant, string Reason)> Rows = new()
    {
        ["a better treatment is shipped"] = (Better, "ship", Case.Treatment, "posterior_threshold"),
        ["a worse treatment is rolled back"] = (Worse, "roll_back", Case.Control, "posterior_threshold"),
        ["equal variants wait"] = (Even, "keep_running", null, "undecided"),
        ["where less is better, less is shipped"] = (Decrease(Worse), "ship", Case.Treatment, "posterior_threshold"),
        ["where less is better, more is rolled back"] = (Decrease(Better), "roll_back", Case.Control, "posterior_threshold"),
        ["no primary metric"] = (Experiment(Better, e => e with { PrimaryMetric = null }), "inconclusive", null, "no_primary_metric"),
        ["a broken sample ratio"] = (Units(Better, 30_000, 27_000), "inconclusive", null, "srm"),
        ["exclusion rates that differ"] = (Excluded(Better, 40, 160), "inconclusive", null, "exclusions"),
        ["more than 1 % excluded"] = (Excluded(Better, 310, 310), "inconclusive", null, "exclusions"),
        ["few exclusions, alike"] = (Excluded(Better, 100, 105), "ship", Case.Treatment, "posterior_threshold"),
        ["a metric without a window"] = (Metric(Better, m => m with { WindowHours = null }), "inconclusive", null, "outcome_delay"),
        ["a retention, which has its window in itself"] =
            (Metric(Better, m => m with { Type = MetricType.Retention, WindowHours = null, StartHours = 144, EndHours = 168 }), "ship", Case.Treatment, "posterior_threshold"),
        ["too few units"] = (Case.Of(2_200, 19_999), "keep_running", null, "min_sample"),
        ["units whose windows are open do not count"] = (Pending(Better, 15_000), "keep_running", null, "min_sample"),
        ["too early"] = (Better with { Look = Case.Look(6.9) }, "keep_running", null, "min_days"),
        ["on the last day"] = (Better with { Look = Case.Look(28) }, "ship", Case.Treatment, "posterior_threshold"),
        ["beyond the last day"] = (Better with { Look = Case.Look(28.1) }, "inconclusive", null, "horizon"),
        ["beyond the planned units"] = (Case.Of(6_600, 60_000), "inconclusive", null, "horizon"),
        ["a look that was due in time is not late"] =
            (Better with { Look = Case.Look(28) with { TakenAt = Case.Start.AddDays(29) } }, "ship", Case.Treatment, "posterior_threshold"),
        ["an earlier decision stands"] = (
            Even with { Look = Case.Look() with { History = Decided } }, "ship", Case.Treatment, "posterior_threshold"),
        ["an earlier decision falls with a broken sample ratio"] = (
            Units(Even, 30_000, 27_000) with { Look = Case.Look() with { History = Decided } }, "inconclusive", null, "srm"),
        ["off the cadence nothing is shipped"] =
            (Better with { Look = Case.Look() with { Kind = LookKind.Advisory, LookNumber = null } }, "keep_running", null, "advisory"),
        ["off the cadence health still speaks"] = (
            Units(Better, 30_000, 27_000) with { Look = Case.Look() with { Kind = LookKind.Advisory, LookNumber = null } },
            "inconclusive", null, "srm"),
        ["a fixed horizon waits"] = (Method(Better, DecisionMethod.FixedHorizon), "keep_running", null, "horizon_not_reached"),
        ["a fixed horizon ships at it"] =
            (Method(Better, DecisionMethod.FixedHorizon) with { Look = Case.Look(28) }, "ship", Case.Treatment, "significant"),
        ["a fixed horizon rolls back at it"] =
            (Method(Worse, DecisionMethod.FixedHorizon) with { Look = Case.Look(28) }, "roll_back", Case.Control, "significant"),
        ["a fixed horizon without a difference"] =
            (Method(Even, DecisionMethod.FixedHorizon) with { Look = Case.Look(28) }, "inconclusive", null, "not_significant"),
        ["a fixed horizon is looked at once"] = (
            Method(Better, DecisionMethod.FixedHorizon) with
            {
                Look = Case.Look(28) with { History = LookHistory.Empty with { HorizonReached = true } },
            },
            "inconclusive", null, "horizon"),
        ["always valid ships on evidence"] = (Method(Better, DecisionMethod.AlwaysValid), "ship", Case.Treatment, "confidence_sequence"),
        ["always valid rolls back on evidence"] = (Method(Worse, DecisionMethod.AlwaysValid), "roll_back", Case.Control, "confidence_sequence"),
        ["always valid waits without"] = (Method(Case.Of(3_080), DecisionMethod.AlwaysValid), "keep_running", null, "undecided"),
        ["an import needs neither days nor window"] = (Import(Better), "ship", Case.Treatment, "significant"),
        ["an import below the minimum cannot wait"] = (Import(Case.Of(2_200, 19_999)), "inconclusive", null, "min_sample"),
        ["a person's stop with a winner"] = (
            Stopped(Even, Case.Treatment), "ship", Case.Treatment, "stopped"),
        ["a person's stop for control"] = (Stopped(Better, Case.Control), "roll_back", Case.Control, "stopped"),
        ["a person's stop without a winner"] = (Stopped(Even, null), "inconclusive", null, "stopped"),
        ["a guardrail without a margin blocks"] = (Guarded(Better, null, 600, 600), "keep_running", null, "guardrail_margin_missing"),
        ["a guardrail within its margin lets pass"] =
            (Guarded(Better, new MetricBound(0.005, false), 600, 610), "ship", Case.Treatment, "posterior_threshold"),
        ["a guardrail that is not proven blocks"] =
            (Guarded(Better, new MetricBound(0.0005, false), 600, 600), "keep_running", null, "guardrail_not_proven"),
        ["a relative margin is a share of control"] =
            (Guarded(Better, new MetricBound(0.25, true), 600, 600), "ship", Case.Treatment, "posterior_threshold"),
        ["a harmed guardrail stops everything"] =
            (Guarded(Better, new MetricBound(0.005, false), 600, 1_200), "inconclusive", null, "guardrail_harm"),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];

    private static LookHistory Decided =>
        LookHistory.Empty with { Decided = new EarlierDecision(40, "ship", Case.Treatment, "posterior_threshold", 1e-6) };

    [Theory]
    [MemberData(nameof(Names))]
    public void The_rule_decides(string name)
    {
        var (input, status, variant, reason) = Rows[name];

        var decision = ResultsComputation.Compute(input).Results.Decision;

        Assert.Equal((status, variant, reason), (decision.Status, decision.Variant, decision.Reason));
    }

    [Fact]
    public void An_advisory_snapshot_says_what_the_rule_would_decide()
    {
        var (input, _, _, _) = Rows["off the cadence nothing is shipped"];

        var decision = ResultsComputation.Compute(input).Results.Decision;

        Assert.Equal(new WouldDecide("ship", Case.Treatment, "posterior_threshold"), decision.WouldDecide);
        Assert.Null(decision.DecidedAtLook);
    }

    [Fact]
    public void A_stop_that_follows_the_rule_is_the_rules_decision()
    {
        var input = Stopped(Even, Case.Treatment);

        var followed = ResultsComputation.Compute(input with { Look = input.Look with { History = Decided } }).Results.Decision;
        var against = ResultsComputation.Compute(input).Results.Decision;

        Assert.Equal(("rule", 40), (followed.DecidedBy, followed.DecidedAtLook));
        Assert.Equal("person", against.DecidedBy);
        Assert.Equal("undecided", against.WouldDecide?.Reason);
    }

    [Fact]
    public void Of_several_winners_the_one_with_the_highest_posterior_mean_ships_with_its_loss()
    {
        var decision = Three(3_350, 3_400);

        Assert.Equal(("ship", "late"), (decision.Status, decision.Variant));
        Assert.InRange(decision.ExpectedLoss!.Value, 1e-6, 0.01);
    }

    [Fact]
    public void One_loser_of_several_is_dropped() => Assert.Equal(("drop", "early"), Short(Three(2_700, 3_000)));

    [Fact]
    public void A_loser_does_not_keep_a_winner_from_shipping() => Assert.Equal(("ship", "late"), Short(Three(2_700, 3_400)));

    [Fact]
    public void Several_treatments_are_rolled_back_only_together() =>
        Assert.Equal(("roll_back", Case.Control), Short(Three(2_700, 2_650)));

    [Fact]
    public void A_harmed_guardrail_pauses_once_and_only_at_a_look()
    {
        var harmed = Guarded(Better, new MetricBound(0.005, false), 600, 1_200);
        var resumed = LookHistory.Empty with { PausedFor = [new GuardrailPause(Errors, Case.Treatment)] };

        Assert.True(Guardrail(harmed).Paused);
        Assert.False(Guardrail(harmed with { Look = harmed.Look with { History = resumed } }).Paused);
        Assert.False(Guardrail(harmed with { Look = harmed.Look with { Kind = LookKind.Advisory } }).Paused);
        Assert.Equal(resumed.PausedFor.AsEnumerable(), ResultsComputation.Compute(harmed).After.PausedFor);
    }

    [Fact]
    public void Harm_tests_share_the_guardrail_alpha()
    {
        var one = Guardrail(Guarded(Better, new MetricBound(0.005, false), 600, 600));
        var second = Case.Conversion("slow") with { Direction = MetricDirection.Decrease, Margin = new MetricBound(0.005, false) };
        var input = Guarded(Better, new MetricBound(0.005, false), 600, 600);
        input = input with
        {
            Experiment = input.Experiment with { Guardrails = [Errors, "slow"] },
            Metrics = input.Metrics.Add(second),
            Data = input.Data with
            {
                Sums = input.Data.Sums.AddRange(
                    Case.Sum("slow", Case.Control, 1, 30_000, 600), Case.Sum("slow", Case.Treatment, 1, 30_000, 600)),
            },
        };

        Assert.Equal(0.05, one.HarmAlpha, 15);
        Assert.All(ResultsComputation.Compute(input).Results.Guardrails, result => Assert.Equal(0.025, result.HarmAlpha, 15));
    }

    [Fact]
    public void The_always_valid_p_value_never_rises()
    {
        var first = ResultsComputation.Compute(Method(Better, DecisionMethod.AlwaysValid));
        var later = Method(Even, DecisionMethod.AlwaysValid);

        var second = ResultsComputation.Compute(later with { Look = later.Look with { History = first.After } });

        var (before, now) = (first.Results.Metrics[0].Comparisons[0], second.Results.Metrics[0].Comparisons[0]);
        Assert.True(before.AlwaysValidPValue < 0.01);
        Assert.Equal(before.AlwaysValidPValue, now.AlwaysValidPValue);
        Assert.True(now.EValue < 1);
    }

    private static (string Status, string? Variant) Short(DecisionResult decision) => (decision.Status, decision.Variant);

    private static DecisionResult Three(long early, long late) => ResultsComputation.Compute(Case.Of(
        Case.Experiment("early", "late"),
        [Case.Conversion(Case.Signup)],
        Case.Data([(Case.Control, 1, 30_000, 3_000), ("early", 1, 30_000, early), ("late", 1, 30_000, late)]))).Results.Decision;

    private static GuardrailResult Guardrail(ResultsInput input) => ResultsComputation.Compute(input).Results.Guardrails.Single();

    private static ResultsInput Experiment(ResultsInput input, Func<AnalysedExperiment, AnalysedExperiment> change) =>
        input with { Experiment = change(input.Experiment) };

    private static ResultsInput Metric(ResultsInput input, Func<MetricDefinition, MetricDefinition> change) =>
        input with { Metrics = [change(input.Metrics[0])] };

    private static ResultsInput Decrease(ResultsInput input) => Metric(input, metric => metric with { Direction = MetricDirection.Decrease });

    private static ResultsInput Method(ResultsInput input, DecisionMethod method) =>
        Experiment(input, experiment => experiment with { Rule = experiment.Rule with { Method = method } });

    private static ResultsInput Import(ResultsInput input) => Method(
        Metric(Experiment(input, experiment => experiment with { IsExternal = true }), metric => metric with { WindowHours = null }),
        DecisionMethod.FixedHorizon) with
    {
        Look = Case.Look(0.1) with { Kind = LookKind.Import, LookNumber = 1 },
    };

    private static ResultsInput Stopped(ResultsInput input, string? winner) =>
        Experiment(input, experiment => experiment with { StoppedAt = Case.Start.AddDays(8), Winner = winner }) with
        {
            Look = Case.Look() with { Kind = LookKind.Final },
        };

    private static ResultsInput Units(ResultsInput input, long control, long treatment) => input with
    {
        Data = input.Data with
        {
            Units = [new UnitCount(Case.Control, 1, 30_000, control), new UnitCount(Case.Treatment, 1, 30_000, treatment)],
        },
    };

    private static ResultsInput Excluded(ResultsInput input, long control, long treatment) => input with
    {
        Data = input.Data with
        {
            Exclusions = [new ExclusionCount("variant_mismatch", Case.Control, control), new ExclusionCount("variant_mismatch", Case.Treatment, treatment)],
        },
    };

    private static ResultsInput Pending(ResultsInput input, long matured) => input with
    {
        Data = input.Data with
        {
            Sums = [.. input.Data.Sums.Select(sum => sum with { Matured = new MaturedSum(matured, 0, "1500", "1500") })],
        },
    };

    private static ResultsInput Guarded(ResultsInput input, MetricBound? margin, long control, long treatment) => input with
    {
        Experiment = input.Experiment with { Guardrails = [Errors] },
        Metrics = input.Metrics.Add(Case.Conversion(Errors) with { Direction = MetricDirection.Decrease, Margin = margin }),
        Data = input.Data with
        {
            Sums = input.Data.Sums.AddRange(
                Case.Sum(Errors, Case.Control, 1, 30_000, control), Case.Sum(Errors, Case.Treatment, 1, 30_000, treatment)),
        },
    };
}
