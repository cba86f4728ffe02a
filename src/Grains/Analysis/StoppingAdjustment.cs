using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Stats.Distributions;
using Splitstream.Stats;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Sequential;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// What the effect of a decision is once it is taken into account that the decision was waited for. Pure. All methods that look more than
/// once are seen as tests with a boundary at every look, in stage-wise ordering.
/// </summary>
internal static class StoppingAdjustment
{
    /// <summary>Looks nearer to the one before than this share of its units count as one with it: they say nearly the same.</summary>
    private const double LeastGrowth = 1.02;

    /// <summary>The looks behind a decision, joined by another at so many units in all; unchanged by one that is as good as the last.</summary>
    public static ImmutableArray<double>? Seen(ImmutableArray<double>? seen, double units) =>
        seen is not { IsEmpty: false } known ? units > 0 ? [units] : seen
        : units >= known[^1] * LeastGrowth ? known.Add(units)
        : seen;

    /// <summary>The adjusted effect of one treatment; null where nothing was waited for, or it cannot be resolved.</summary>
    /// <param name="units">Mature units in all at this look.</param>
    /// <param name="boundaries">Of group sequential tests: |Z| at the earlier tests.</param>
    public static AdjustedEffect? Of(
        ResultsInput input, ComparisonResult comparison, double units, IReadOnlyList<double>? boundaries)
    {
        if (comparison.Effect is not { } effect || comparison.StandardError is not ({ } error and > 0))
        {
            return null;
        }

        var rule = input.Experiment.Rule;
        double[] earlier = rule.Method == DecisionMethod.GroupSequential
            ? [.. input.Look.History.Tested]
            : [.. (input.Look.History.Seen ?? []).Where(seen => seen * LeastGrowth <= units)];
        var now = rule.Method == DecisionMethod.GroupSequential ? Math.Max(GroupInformation(input, units), earlier.LastOrDefault() + SpendingSchedule.MinimumGain) : units;
        if (rule.Method == DecisionMethod.FixedHorizon || earlier.Length == 0)
        {
            return null;
        }

        boundaries ??= [.. earlier.Select(seen => Boundary(rule, comparison.UnitsPerVariant * seen / units))];
        if (boundaries.Count != earlier.Length
            || !StageWiseEstimate.Compute(boundaries, [.. earlier, now], effect, error).TryGet(out var estimate, out _))
        {
            return null;
        }

        return new AdjustedEffect(
            comparison.Variant,
            "stage_wise",
            effect,
            estimate.Effect,
            new Interval(estimate.Interval.Lower, estimate.Interval.Upper),
            input.Certificate?.Result.Power.FirstOrDefault(power => power.Effect == input.Certificate.Input?.Mde)?.Exaggeration);
    }

    private static double GroupInformation(ResultsInput input, double units) =>
        units / GroupSequentialPlan.PlannedUnits(input.Experiment);

    /// <summary>|Z| at which a look would have decided.</summary>
    private static double Boundary(DecisionRule rule, double unitsPerVariant)
    {
        if (rule.Method == DecisionMethod.Posterior)
        {
            return NormalDistribution.Quantile(1 - rule.PosteriorThreshold, Tail.Upper);
        }

        var rho = AsymptoticConfidenceSequence.Rho(rule.MinSample, rule.Alpha);
        var time = unitsPerVariant * rho * rho;
        return Math.Sqrt(2 * (time + 1) / time * ((0.5 * Elementary.Log1p(time)) - Elementary.Log(rule.Alpha)));
    }
}
