using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.VarianceReduction;

/// <summary>A post-stratified effect.</summary>
/// <param name="Effect">Treatment minus control, strata weighted by their share of all units.</param>
/// <param name="StandardError">Above 0.</param>
/// <param name="T">Effect over standard error.</param>
/// <param name="DegreesOfFreedom">Satterthwaite's, at least 1.</param>
/// <param name="P">Two-sided p-value in [0, 1].</param>
/// <param name="Interval">Effect -/+ t quantile times standard error.</param>
/// <param name="Strata">Strata with units.</param>
public sealed record PostStratificationResult(
    double Effect, double StandardError, double T, double DegreesOfFreedom, double P, ConfidenceInterval Interval, int Strata);
