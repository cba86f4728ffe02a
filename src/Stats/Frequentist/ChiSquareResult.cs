namespace Splitstream.Stats.Frequentist;

/// <summary>Statistic and upper-tail p-value of a chi-square test.</summary>
/// <param name="Statistic">At least 0.</param>
/// <param name="P">In [0, 1].</param>
public sealed record ChiSquareResult(double Statistic, double P);
