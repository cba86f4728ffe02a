using System.Collections.Frozen;
using System.Text.Json;

namespace Splitstream.Bucketing.Tests;

public sealed class AssignmentRuleTests
{
    private static readonly UnitId Unit = Units.Id("alice");
    private static readonly Holdout Everybody = new("global", Units.SeedB, 1);
    private static readonly LayerSlot NoSlot = new(new Layer("search", Units.SeedA), 0.5, 0.5);
    private static readonly TrafficGate NoTraffic = new("checkout", Units.SeedB, 0);
    private static readonly TrafficGate AllTraffic = new("checkout", Units.SeedB, 1);
    private static readonly TargetingRule Nobody = Rule("""{"attribute": "country", "operator": "equals", "value": "nowhere"}""");
    private static readonly FrozenDictionary<string, int> AliceIsTwo = new Dictionary<string, int> { ["alice"] = 2 }.ToFrozenDictionary();

    /// <summary>Everything that can refuse or answer applies at once; taking the first away lets the next one answer.</summary>
    [Fact]
    public void The_first_step_that_applies_answers()
    {
        Assert.Equal("not_running", Code(All(ExperimentStatus.Paused), sticky: 1));
        Assert.Equal("override:2", Code(All(ExperimentStatus.Stopped), sticky: 1));
        Assert.Equal("sticky:1", Code(All(ExperimentStatus.Stopped, overrides: false), sticky: 1));
        Assert.Equal("holdout", Code(All(ExperimentStatus.Stopped, overrides: false), sticky: null));
        Assert.Equal("concluded:0", Code(All(ExperimentStatus.Stopped, overrides: false, holdout: false), sticky: null));
        Assert.Equal("not_targeted", Code(All(ExperimentStatus.Running, overrides: false, holdout: false), sticky: null));
        Assert.Equal("layer_excluded", Code(All(ExperimentStatus.Running, overrides: false, holdout: false, targeting: false), sticky: null));
        Assert.Equal("not_in_traffic", Code(All(ExperimentStatus.Running, overrides: false, holdout: false, targeting: false, slot: false), sticky: null));
        Assert.Equal("assigned", Code(All(ExperimentStatus.Running, false, false, false, false, false), sticky: null).Split(':')[0]);
    }

    [Theory]
    [InlineData(ExperimentStatus.Draft, false, "not_running", "not_running", "not_running")]
    [InlineData(ExperimentStatus.Draft, true, "not_running", "not_running", "not_running")]
    [InlineData(ExperimentStatus.Running, false, "override:2", "sticky:1", "assigned")]
    [InlineData(ExperimentStatus.Paused, false, "not_running", "not_running", "not_running")]
    [InlineData(ExperimentStatus.Paused, true, "not_running", "not_running", "not_running")]
    [InlineData(ExperimentStatus.Closed, false, "override:2", "sticky:1", "not_running")]
    [InlineData(ExperimentStatus.Stopped, false, "not_running", "not_running", "not_running")]
    [InlineData(ExperimentStatus.Stopped, true, "override:2", "sticky:1", "concluded:0")]
    [InlineData(ExperimentStatus.Archived, true, "not_running", "not_running", "not_running")]
    public void The_status_decides_who_gets_what(ExperimentStatus status, bool winner, string overridden, string known, string unknown)
    {
        RuleInput plain = Input(status, winner: winner ? 0 : null);
        RuleInput withOverride = Input(status, overrides: AliceIsTwo, winner: winner ? 0 : null);

        Assert.Equal(overridden, Code(withOverride, sticky: 1));
        Assert.Equal(known, Code(plain, sticky: 1));
        Assert.StartsWith(unknown, Code(plain, sticky: null), StringComparison.Ordinal);
    }

    [Fact]
    public void Closed_refuses_new_units_before_it_looks_at_holdouts_or_targeting() =>
        Assert.Equal("not_running", Code(All(ExperimentStatus.Closed, overrides: false), sticky: null));

    [Fact]
    public void A_new_unit_gets_the_variant_of_the_published_function_and_must_claim_it()
    {
        RuleInput input = Input(ExperimentStatus.Running);
        for (int i = 0; i < 1_000; i++)
        {
            UnitId unit = Units.Number(i);
            Decision decision = AssignmentRule.Decide(input, unit, AttributeSet.Empty, null);

            int expected = input.Split.Choose(Bucket.Of("checkout", unit.Value, Units.SeedA.Value));
            Assert.Equal(new Decision(DecisionReason.Assigned, expected, NeedsClaim: true), decision);
        }
    }

    [Fact]
    public void An_override_is_found_under_either_normal_form()
    {
        RuleInput input = Input(ExperimentStatus.Running, overrides: new Dictionary<string, int> { ["caf\u00e9"] = 1 }.ToFrozenDictionary());

        Decision decision = AssignmentRule.Decide(input, Units.Id("cafe\u0301"), AttributeSet.Empty, null);

        Assert.Equal(Decision.Final(DecisionReason.Override, 1), decision);
    }

    [Fact]
    public void Any_of_several_holdouts_is_enough()
    {
        var nobody = new Holdout("other", Units.SeedB, 0);
        RuleInput input = Input(ExperimentStatus.Running, holdouts: [nobody, Everybody]);

        Assert.Equal("holdout", Code(input, sticky: null));
    }

    [Fact]
    public void An_explanation_takes_the_steps_in_order_and_ends_with_the_one_that_applied()
    {
        RuleInput admitted = Input(ExperimentStatus.Running, mutexGroup: "funnel");
        (Decision decision, IReadOnlyList<DecisionStep> steps) = AssignmentRule.Explain(admitted, Unit, AttributeSet.Empty, null);

        Assert.True(decision.NeedsClaim);
        Assert.Equal(
            ["not_running", "override", "sticky", "holdout", "concluded", "not_targeted", "layer_excluded", "not_in_traffic", "mutex_holdout", "assigned"],
            steps.Select(step => step.Reason.ToCode()));
        Assert.True(steps[^1].Applied);
        Assert.Single(steps, step => step.Applied);
        Assert.Contains(steps, step => step.Detail.Contains("funnel", StringComparison.Ordinal));
    }

    [Fact]
    public void Explaining_and_deciding_always_agree()
    {
        AttributeSet attributes = AttributeSet.From(JsonDocument.Parse("""{"country": "SE"}""").RootElement);
        for (int bits = 0; bits < 64; bits++)
        {
            foreach (ExperimentStatus status in Enum.GetValues<ExperimentStatus>())
            {
                RuleInput input = All(status, (bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0, (bits & 8) > 0, (bits & 16) > 0);
                int? sticky = (bits & 32) > 0 ? 1 : null;

                Decision decision = AssignmentRule.Decide(input, Unit, attributes, sticky);
                (Decision explained, IReadOnlyList<DecisionStep> steps) = AssignmentRule.Explain(input, Unit, attributes, sticky);

                Assert.Equal(decision, explained);
                Assert.Equal(decision.Reason, steps[^1].Reason);
                Assert.True(steps[^1].Applied);
                Assert.DoesNotContain(steps.SkipLast(1), step => step.Applied);
            }
        }
    }

    [Fact]
    public void A_split_in_which_no_variant_has_weight_assigns_nobody_and_is_refused() =>
        Assert.Throws<ArgumentException>(() => new RuleInput
        {
            Status = ExperimentStatus.Running,
            Split = VariantSplit.Create(new WeightedVariant("control", 0)),
            Hasher = new BucketHasher("x", Units.SeedA),
            Traffic = AllTraffic,
        });

    [Fact]
    public void Every_reason_has_its_name_on_the_wire()
    {
        string[] codes =
        [
            "experiment_not_found", "not_running", "override", "sticky", "holdout", "concluded", "not_targeted", "layer_excluded",
            "not_in_traffic", "mutex_holdout", "assigned", "unavailable",
        ];

        Assert.Equal(codes, Enum.GetValues<DecisionReason>().Select(reason => reason.ToCode()));
    }

    private static string Code(RuleInput input, int? sticky)
    {
        Decision decision = AssignmentRule.Decide(input, Unit, AttributeSet.Empty, sticky);
        return decision.Variant is { } variant ? $"{decision.Reason.ToCode()}:{variant}" : decision.Reason.ToCode();
    }

    private static RuleInput All(
        ExperimentStatus status, bool overrides = true, bool holdout = true, bool targeting = true, bool slot = true, bool gate = true) => new()
        {
            Status = status,
            Split = Three(),
            Hasher = new BucketHasher("checkout", Units.SeedA),
            Traffic = gate ? NoTraffic : AllTraffic,
            Overrides = overrides ? AliceIsTwo : FrozenDictionary<string, int>.Empty,
            Holdouts = holdout ? [Everybody] : [],
            ConcludedVariant = 0,
            Targeting = targeting ? Nobody : TargetingRule.Everyone,
            Slot = slot ? NoSlot : null,
        };

    private static RuleInput Input(
        ExperimentStatus status, FrozenDictionary<string, int>? overrides = null, int? winner = null, Holdout[]? holdouts = null, string? mutexGroup = null) => new()
        {
            Status = status,
            Split = Three(),
            Hasher = new BucketHasher("checkout", Units.SeedA),
            Traffic = AllTraffic,
            Overrides = overrides ?? FrozenDictionary<string, int>.Empty,
            Holdouts = [.. holdouts ?? []],
            ConcludedVariant = winner,
            MutexGroup = mutexGroup,
        };

    private static VariantSplit Three() =>
        VariantSplit.Create(new WeightedVariant("control", 50), new WeightedVariant("treatment", 30), new WeightedVariant("third", 20));

    private static TargetingRule Rule(string json) =>
        TargetingRule.TryParse(JsonDocument.Parse(json).RootElement, out TargetingRule? rule, out InputProblem? problem)
            ? rule
            : throw new ArgumentException(problem.ToString());
}
