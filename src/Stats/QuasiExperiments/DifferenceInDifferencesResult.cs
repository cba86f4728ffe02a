namespace Splitstream.Stats.QuasiExperiments;

/// <summary>A difference in differences.</summary>
/// <param name="Estimate">Change of the treated minus change of the control.</param>
/// <param name="StandardError">Square root of the summed variances of the four means, at least 0; 0 when nothing varies.</param>
public sealed record DifferenceInDifferencesResult(double Estimate, double StandardError);
