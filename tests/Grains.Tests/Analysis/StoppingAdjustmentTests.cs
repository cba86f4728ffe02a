using System.Collections.Immutable;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>Beside the effect of a decision stands what is left of it once the waiting is taken into account.</summary>
public sealed class StoppingAdjustmentTests
{
    private static readonly ImmutableArray<double> Before = [40_000, 45_000, 50_000];

    [Theory]
    [InlineData(DecisionMethod.Posterior)]
    [InlineData(DecisionMethod.AlwaysValid)]
    public void An_effect_that_was_waited_for_shrinks(DecisionMethod method)
    {
        var effect = Adjusted(method, Before)!;

        Assert.Equal("stage_wise", effect.Method);
        Assert.InRange(effect.Adjusted, 0, effect.Effect - 1e-4);
        Assert.InRange(effect.ConfidenceInterval.Lower, -0.01, effect.Adjusted);
        Assert.InRange(effect.Adjusted, effect.ConfidenceInterval.Lower, effect.ConfidenceInterval.Upper);
    }

    [Fact]
    public void Group_sequential_tests_shrink_by_their_own_boundaries()
    {
        var input = Look(DecisionMethod.GroupSequential, 3_220);
        var waited = Decide(input with { Look = input.Look with { History = LookHistory.Empty with { Tested = [0.3, 0.4] } } });

        Assert.InRange(waited.AdjustedEffects!.Value[0].Adjusted, 0, waited.AdjustedEffects.Value[0].Effect - 1e-5);
    }

    [Fact]
    public void Without_an_earlier_look_there_is_nothing_to_adjust()
    {
        Assert.Null(Adjusted(DecisionMethod.Posterior, null));
        Assert.Null(Decide(Look(DecisionMethod.FixedHorizon, 3_300) with { Look = Case.Look(28) with { History = LookHistory.Empty with { Seen = Before } } }).AdjustedEffects);
    }

    [Fact]
    public void Without_a_decision_nothing_is_adjusted()
    {
        var input = Look(DecisionMethod.Posterior, 3_010);

        Assert.Null(Decide(input with { Look = input.Look with { History = LookHistory.Empty with { Seen = Before } } }).AdjustedEffects);
    }

    [Fact]
    public void Later_looks_repeat_what_the_deciding_one_found()
    {
        var input = Look(DecisionMethod.Posterior, 3_300);
        var deciding = ResultsComputation.Compute(input with { Look = input.Look with { History = LookHistory.Empty with { Seen = Before } } });

        var later = Decide(Look(DecisionMethod.Posterior, 3_350) with { Look = Case.Look(9) with { LookNumber = 49, History = deciding.After } });

        Assert.Equal("ship", later.Status);
        Assert.Equal([.. deciding.Results.Decision.AdjustedEffects!.Value], later.AdjustedEffects!.Value.ToArray());
    }

    [Fact]
    public void Looks_that_bring_hardly_more_units_count_once_and_those_that_cannot_decide_not_at_all()
    {
        var first = ResultsComputation.Compute(Look(DecisionMethod.Posterior, 3_010)).After;
        var same = ResultsComputation.Compute(Case.Of(3_012, 30_100) with { Look = Case.Look() with { History = first } }).After;
        var more = ResultsComputation.Compute(Case.Of(3_210, 32_000) with { Look = Case.Look() with { History = first } }).After;

        Assert.Equal([60_000], first.Seen!.Value.ToArray());
        Assert.Equal([60_000], same.Seen!.Value.ToArray());
        Assert.Equal([60_000, 64_000], more.Seen!.Value.ToArray());
        Assert.Null(ResultsComputation.Compute(Case.Of(1_010, 10_000)).After.Seen);
    }

    private static AdjustedEffect? Adjusted(DecisionMethod method, ImmutableArray<double>? seen)
    {
        var input = Look(method, 3_300);
        return Decide(input with { Look = input.Look with { History = LookHistory.Empty with { Seen = seen } } }).AdjustedEffects?[0];
    }

    private static DecisionResult Decide(ResultsInput input) => ResultsComputation.Compute(input).Results.Decision;

    private static ResultsInput Look(DecisionMethod method, long conversions)
    {
        var input = Case.Of(conversions);
        return input with { Experiment = input.Experiment with { Rule = Case.Rule with { Method = method } } };
    }
}
