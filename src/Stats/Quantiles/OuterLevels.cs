namespace Splitstream.Stats.Quantiles;

/// <summary>The two quantiles to look up for an interval around a third.</summary>
/// <param name="Lower">In (0, 1), below the quantile asked for.</param>
/// <param name="Upper">In (0, 1), above it.</param>
public sealed record OuterLevels(double Lower, double Upper);
