namespace Splitstream.Stats.Frequentist;

/// <summary>A rank test of two variants.</summary>
/// <param name="ControlU">Pairs in which the control's value is larger, ties counting half.</param>
/// <param name="TreatmentU">Pairs in which the treatment's value is larger, ties counting half.</param>
/// <param name="Z">Standardised statistic, continuity corrected; above 0 where the treatment tends to be larger.</param>
/// <param name="P">Two-sided p-value in [0, 1].</param>
/// <param name="ProbabilityTreatmentLarger">TreatmentU over the number of pairs, in [0, 1]; one half without a difference.</param>
public sealed record MannWhitneyResult(double ControlU, double TreatmentU, double Z, double P, double ProbabilityTreatmentLarger);
