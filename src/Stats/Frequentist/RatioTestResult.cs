namespace Splitstream.Stats.Frequentist;

/// <summary>Comparison of two ratio metrics. With several epochs every figure is combined by the epochs' weights.</summary>
/// <param name="ControlRatio">Ratio of the control (weighted over epochs).</param>
/// <param name="TreatmentRatio">Ratio of the treatment.</param>
/// <param name="Effect">Treatment minus control, absolute.</param>
/// <param name="StandardError">Standard error of the effect by the delta method, above 0.</param>
/// <param name="Z">Effect over its standard error.</param>
/// <param name="P">Two-sided p-value of <paramref name="Z"/>, in [0, 1].</param>
/// <param name="Interval">Effect -/+ normal quantile times standard error.</param>
/// <param name="Lift">Effect relative to control, by the delta method.</param>
/// <param name="EpochsUsed">Epochs with at least two units in both variants; the others allow no variance and are left out.</param>
public sealed record RatioTestResult(
    double ControlRatio,
    double TreatmentRatio,
    double Effect,
    double StandardError,
    double Z,
    double P,
    ConfidenceInterval Interval,
    Computed<LiftEstimate> Lift,
    int EpochsUsed);
