using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.Quantiles;

/// <summary>A quantile of one variant.</summary>
/// <param name="Quantile">Which one, in (0, 1).</param>
/// <param name="Value">The quantile, in units of the metric.</param>
/// <param name="StandardError">Width of the interval over twice its normal quantile, above 0.</param>
/// <param name="Interval">Between the two outer quantiles; need not be symmetric.</param>
/// <param name="Units">Independent units behind it.</param>
public sealed record QuantileEstimate(double Quantile, double Value, double StandardError, ConfidenceInterval Interval, long Units);
