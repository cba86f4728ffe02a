namespace Splitstream.Stats.QuasiExperiments;

/// <summary>A synthetic difference in differences.</summary>
/// <param name="Effect">Average effect on the treated units after the change, in units of the outcome.</param>
/// <param name="UnitWeights">One per unit of the panel, at least 0, summing to 1; 0 for treated units.</param>
/// <param name="TimeWeights">One per period before the change, at least 0, summing to 1.</param>
/// <param name="Zeta">Regularisation of the unit weights: (treated units times periods after)^(1/4) times the noise.</param>
/// <param name="Noise">Standard deviation of the controls' changes from period to period before.</param>
public sealed record SyntheticDifferenceResult(
    double Effect, IReadOnlyList<double> UnitWeights, IReadOnlyList<double> TimeWeights, double Zeta, double Noise);
