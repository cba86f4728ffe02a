namespace Splitstream.Stats.Calibration;

/// <summary>One method in place of the rule's own, all else the same: a row of the table beside a certificate.</summary>
/// <param name="Method">The method, with alpha 5 % or the rule's threshold.</param>
/// <param name="FalsePositives">When all variants are equal.</param>
/// <param name="Power">At the smallest effect worth finding; null without one.</param>
/// <param name="Duration">At that effect; without one, when all variants are equal.</param>
public sealed record MethodComparison(RuleMethod Method, SimulatedRate FalsePositives, SimulatedRate? Power, Duration Duration);
