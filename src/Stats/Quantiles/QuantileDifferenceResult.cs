using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.Quantiles;

/// <summary>Comparison of one quantile between two variants. With several epochs every figure is combined by the epochs' weights.</summary>
/// <param name="ControlValue">Quantile of the control, in units of the metric.</param>
/// <param name="TreatmentValue">Quantile of the treatment.</param>
/// <param name="Effect">Treatment minus control.</param>
/// <param name="StandardError">Of the effect, above 0.</param>
/// <param name="Z">Effect over its standard error.</param>
/// <param name="P">Two-sided p-value by the normal distribution, in [0, 1].</param>
/// <param name="Interval">Effect -/+ normal quantile times standard error.</param>
/// <param name="Lift">Effect relative to control, by the delta method.</param>
public sealed record QuantileDifferenceResult(
    double ControlValue,
    double TreatmentValue,
    double Effect,
    double StandardError,
    double Z,
    double P,
    ConfidenceInterval Interval,
    Computed<LiftEstimate> Lift);
