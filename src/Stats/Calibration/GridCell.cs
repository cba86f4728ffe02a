namespace Splitstream.Stats.Calibration;

/// <summary>One rule of a grid.</summary>
/// <param name="Threshold">Of P(better) and P(worse).</param>
/// <param name="MinimumSample">Per variant.</param>
/// <param name="CadenceMinutes">Between looks.</param>
public sealed record GridCell(double Threshold, long MinimumSample, double CadenceMinutes);
