using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.QuasiExperiments;

/// <summary>How far effects stray where there is none.</summary>
/// <param name="PlaceboEffects">One per placebo.</param>
/// <param name="StandardError">Their standard deviation, above 0.</param>
/// <param name="Interval">Effect -/+ normal quantile times standard error.</param>
public sealed record SyntheticDifferenceErrors(IReadOnlyList<double> PlaceboEffects, double StandardError, ConfidenceInterval Interval);
