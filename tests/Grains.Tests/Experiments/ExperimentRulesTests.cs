using System.Collections.Immutable;
using Splitstream.Bucketing;
using Splitstream.Grains.Experiments;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Tests.Experiments;

/// <summary>What must hold of a whole definition, at its creation and after every edit.</summary>
public sealed class ExperimentRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private static readonly BucketingSeed Seed = BucketingSeed.FromBytes(new byte[32]);

    private static readonly ExperimentDefinition Sound = new(
        "checkout", "Checkout", "A shorter form brings more sign-ups.", "user",
        [new Variant("control", 1, true, null), new Variant("treatment", 1, false, null)],
        1, null, null, ImmutableSortedDictionary<string, string>.Empty, "signup", ["clicks"], ["errors"], AssignmentMode.Server, DecisionRule.Default);

    private static readonly ExperimentEdit Nothing = new(null, null, null, null, default, default, null, default, null, null, null, false);

    private static readonly Dictionary<string, (Func<ExperimentDefinition, ExperimentDefinition> Break, string Pointer)> Broken = new()
    {
        ["the primary metric as a secondary one"] = (d => d with { SecondaryMetrics = ["clicks", "signup"] }, "/secondaryMetrics/1"),
        ["the primary metric as a guardrail"] = (d => d with { Guardrails = ["signup"] }, "/guardrails/0"),
        ["a secondary metric as a guardrail"] = (d => d with { Guardrails = ["errors", "clicks"] }, "/guardrails/1"),
        ["a secondary metric twice"] = (d => d with { SecondaryMetrics = ["clicks", "clicks"] }, "/secondaryMetrics/1"),
        ["a guardrail twice"] = (d => d with { Guardrails = ["errors", "errors"] }, "/guardrails/1"),
        ["an override to no variant"] = (
            d => d with { Overrides = ImmutableSortedDictionary<string, string>.Empty.Add("alice", "late") }, "/overrides"),
        ["two variants of one key"] = (d => d with { Variants = d.Variants.Add(new Variant("control", 1, false, null)) }, "/variants"),
        ["no control"] = (d => d with { Variants = [.. d.Variants.Select(v => v with { IsControl = false })] }, "/variants"),
        ["no weight at all"] = (d => d with { Variants = [.. d.Variants.Select(v => v with { Weight = 0 })] }, "/variants"),
        ["too many variants"] = (
            d => d with { Variants = [.. d.Variants, .. Enumerable.Range(0, 19).Select(i => new Variant($"v{i}", 1, false, null))] }, "/variants"),
    };

    public static TheoryData<string> Names => [.. Broken.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_definition_that_contradicts_itself_is_refused(string name)
    {
        var fault = ExperimentRules.FindFault(Broken[name].Break(Sound));

        Assert.Equal(ErrorCode.ValidationFailed, fault?.Code);
        Assert.Equal(Broken[name].Pointer, Assert.Single(fault!.Errors).Pointer);
    }

    [Fact]
    public void A_sound_definition_is_not() => Assert.Null(ExperimentRules.FindFault(Sound));

    [Fact]
    public void An_edit_is_judged_by_what_it_makes_of_the_whole()
    {
        var role = Edit(Nothing with { PrimaryMetric = new Optional<string>(true, "clicks") });
        var moved = Edit(Nothing with { PrimaryMetric = new Optional<string>(true, "clicks"), SecondaryMetrics = ["signup"] });
        var guardrail = Edit(Nothing with { Guardrails = ["clicks"] });

        Assert.Equal("/secondaryMetrics/0", Assert.Single(role.Problem!.Errors).Pointer);
        Assert.Equal(("clicks", "signup"), (moved.Value!.Definition.PrimaryMetric, moved.Value.Definition.SecondaryMetrics[0]));
        Assert.Equal("/guardrails/0", Assert.Single(guardrail.Problem!.Errors).Pointer);
    }

    private static Outcome<ExperimentState> Edit(ExperimentEdit edit) =>
        ExperimentEditing.Apply(ExperimentLifecycle.Create(Sound, Seed, Seed, Now), edit, Now);
}
