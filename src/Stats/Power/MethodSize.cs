using System.Collections.Immutable;
using Splitstream.Stats.Calibration;

namespace Splitstream.Stats.Power;

/// <summary>What a method needs to find an effect with the power that was asked for.</summary>
/// <param name="Units">Per variant, at most: where an experiment without a decision ends.</param>
/// <param name="Days">Until that many units are mature, at the end of a look's cadence.</param>
/// <param name="MeanUnits">Over all variants, when a decision falls on average, if the effect is there; never more than the sum of Units.</param>
/// <param name="MeanDays">Until then.</param>
/// <param name="Power">As simulated; null for methods whose power is calculated.</param>
/// <param name="FalsePositives">Of the rule up to these units when nothing differs, simulated; null for methods that spend exactly alpha.</param>
public sealed record MethodSize(
    ImmutableArray<long> Units, double Days, double MeanUnits, double MeanDays, SimulatedRate? Power, SimulatedRate? FalsePositives);
