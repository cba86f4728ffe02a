namespace Splitstream.Stats.Calibration;

/// <summary>A state of the world in which the rule should not act.</summary>
/// <param name="WorseVariant">Index of the treatment that is clearly worse than all others; null when all variants are equal.</param>
/// <param name="FalsePositives">Any ship of a treatment that is not better, or roll-back while some treatment is not worse.</param>
public sealed record NullHypothesis(int? WorseVariant, SimulatedRate FalsePositives);
