namespace Splitstream.Stats.Frequentist;

/// <summary>Comparison of two conversion rates. With several epochs every figure is combined by the epochs' weights.</summary>
/// <param name="ControlRate">Rate of the control (weighted over epochs), in [0, 1].</param>
/// <param name="TreatmentRate">Rate of the treatment.</param>
/// <param name="Effect">Treatment minus control, absolute.</param>
/// <param name="StandardError">Unpooled standard error of the effect; may be 0 when both rates are 0 or 1.</param>
/// <param name="Z">Effect over its standard error under the null hypothesis (pooled rate per epoch).</param>
/// <param name="P">Two-sided p-value of <paramref name="Z"/>, in [0, 1].</param>
/// <param name="Interval">Wald interval of the effect, unpooled, not clipped to [-1, 1].</param>
/// <param name="Lift">Effect relative to control, by the delta method.</param>
/// <param name="EpochsUsed">Epochs that had units in both variants; the others carry no comparison and are left out.</param>
public sealed record TwoProportionResult(
    double ControlRate,
    double TreatmentRate,
    double Effect,
    double StandardError,
    double Z,
    double P,
    ConfidenceInterval Interval,
    Computed<LiftEstimate> Lift,
    int EpochsUsed);
