using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.Bandits;

/// <summary>A mean, or a difference of means, of an adaptive experiment.</summary>
/// <param name="Estimate">In units of the outcome.</param>
/// <param name="StandardError">Above 0.</param>
/// <param name="Interval">Estimate -/+ normal quantile times standard error.</param>
/// <param name="Units">All units, whatever variant they were given.</param>
public sealed record AdaptiveEstimate(double Estimate, double StandardError, ConfidenceInterval Interval, long Units);
