namespace Splitstream.Stats.Frequentist;

/// <summary>Difference of two means relative to the control's.</summary>
/// <param name="Lift">(treatment - control) / control, a fraction.</param>
/// <param name="StandardError">Standard error of the lift by the delta method.</param>
/// <param name="Interval">Lift -/+ normal quantile times standard error.</param>
public sealed record LiftEstimate(double Lift, double StandardError, ConfidenceInterval Interval);
