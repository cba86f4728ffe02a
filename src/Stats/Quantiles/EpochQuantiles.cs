namespace Splitstream.Stats.Quantiles;

/// <summary>The same quantile of control and one treatment among the units of one epoch.</summary>
public sealed record EpochQuantiles(QuantileEstimate Control, QuantileEstimate Treatment);
