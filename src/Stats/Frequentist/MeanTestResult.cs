namespace Splitstream.Stats.Frequentist;

/// <summary>Comparison of two means by a t test. With several epochs every figure is combined by the epochs' weights.</summary>
/// <param name="ControlMean">Mean of the control (weighted over epochs).</param>
/// <param name="TreatmentMean">Mean of the treatment.</param>
/// <param name="Effect">Treatment minus control, absolute.</param>
/// <param name="StandardError">Standard error of the effect, above 0.</param>
/// <param name="T">Effect over its standard error.</param>
/// <param name="DegreesOfFreedom">Of the t distribution used; real, at least 1 for two plain samples.</param>
/// <param name="P">Two-sided p-value, in [0, 1].</param>
/// <param name="Interval">Effect -/+ t quantile times standard error.</param>
/// <param name="CohensD">Effect over the pooled standard deviation of one value.</param>
/// <param name="Lift">Effect relative to control, by the delta method with the normal quantile.</param>
/// <param name="EpochsUsed">Epochs with at least two units in both variants; the others allow no variance and are left out.</param>
public sealed record MeanTestResult(
    double ControlMean,
    double TreatmentMean,
    double Effect,
    double StandardError,
    double T,
    double DegreesOfFreedom,
    double P,
    ConfidenceInterval Interval,
    double CohensD,
    Computed<LiftEstimate> Lift,
    int EpochsUsed);
