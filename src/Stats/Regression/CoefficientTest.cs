using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.Regression;

/// <summary>One coefficient with its t test.</summary>
/// <param name="Estimate">The coefficient.</param>
/// <param name="StandardError">Its standard error, above 0.</param>
/// <param name="T">Estimate over standard error.</param>
/// <param name="DegreesOfFreedom">Of the t distribution, at least 1.</param>
/// <param name="P">Two-sided p-value in [0, 1].</param>
/// <param name="Interval">Estimate -/+ t quantile times standard error.</param>
public sealed record CoefficientTest(
    double Estimate, double StandardError, double T, double DegreesOfFreedom, double P, ConfidenceInterval Interval);
