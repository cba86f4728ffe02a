using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Analysis;

/// <summary>Where a look stands in the time of the rule, measured at the moment it was due.</summary>
/// <param name="MinDaysReached">True once the minimum number of days since the start has passed.</param>
/// <param name="Reached">The look is at or beyond the horizon, in days or in matured units of the largest variant.</param>
/// <param name="Passed">
/// The rule may no longer act: beyond the horizon; a fixed horizon or group sequential rule when an earlier look was the one at it.
/// </param>
internal sealed record Horizon(bool MinDaysReached, bool Reached, bool Passed)
{
    public static Horizon Of(ResultsInput input, ImmutableArray<VariantResult>? matured)
    {
        var experiment = input.Experiment;
        if (experiment.IsExternal || experiment.StartedAt is not { } start)
        {
            return new Horizon(experiment.IsExternal, experiment.IsExternal, false);
        }

        var rule = experiment.Rule;
        var elapsed = input.Look.ScheduledAt - start;
        var days = TimeSpan.FromDays(rule.HorizonDays);
        var largest = matured is { Length: > 0 } variants ? variants.Max(variant => variant.Units) : 0;
        var reached = elapsed >= days || largest >= rule.HorizonUnitsPerVariant;
        var passed = rule.Method is DecisionMethod.FixedHorizon or DecisionMethod.GroupSequential
            ? input.Look.History.HorizonReached
            : elapsed > days || largest > rule.HorizonUnitsPerVariant;
        return new Horizon(elapsed >= TimeSpan.FromDays(rule.MinDays), reached, passed);
    }
}
