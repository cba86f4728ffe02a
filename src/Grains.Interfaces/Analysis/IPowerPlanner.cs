using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>Sizes, durations and detectable effects of experiments that are planned.</summary>
public interface IPowerPlanner
{
    /// <summary>Calculates and simulates; seconds. Null for a plan that is too large to be worked out.</summary>
    Task<PowerPlanResult?> PlanAsync(PlannedPower planned, CancellationToken cancellation);
}

/// <summary>What is planned: an effect to find, or the days to find one in.</summary>
/// <param name="Variants">Two or more with a positive weight, the control among them.</param>
/// <param name="Rule">Its method, plan and guardrails do not matter.</param>
/// <param name="BaselineRate">In (0, 1); null for means.</param>
/// <param name="BaselineMean">Null for rates.</param>
/// <param name="BaselineVariance">Above 0; null for rates.</param>
/// <param name="WindowHours">How long outcomes take to mature.</param>
/// <param name="Power">Above alpha / 2, below 1.</param>
/// <param name="Mde">Absolute; null where days are given.</param>
/// <param name="Days">Null where an effect is given.</param>
/// <param name="UnitsPerDay">Over all variants; needed with days.</param>
public sealed record PlannedPower(
    ImmutableArray<Variant> Variants,
    DecisionRule Rule,
    double? BaselineRate,
    double? BaselineMean,
    double? BaselineVariance,
    double WindowHours,
    double Power,
    double? Mde,
    double? Days,
    double? UnitsPerDay);
