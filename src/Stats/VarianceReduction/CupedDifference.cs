namespace Splitstream.Stats.VarianceReduction;

/// <summary>Difference of two adjusted means.</summary>
/// <param name="Theta">Slope that both variants were adjusted with.</param>
/// <param name="Effect">Adjusted treatment minus adjusted control.</param>
/// <param name="StandardError">sqrt(adjusted variance of control / n + that of treatment / n), at least 0.</param>
public sealed record CupedDifference(double Theta, double Effect, double StandardError);
