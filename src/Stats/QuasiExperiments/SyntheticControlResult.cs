namespace Splitstream.Stats.QuasiExperiments;

/// <summary>A treated unit against its synthetic control.</summary>
/// <param name="Weights">One per unit of the panel, at least 0, summing to 1; 0 for the treated unit.</param>
/// <param name="Gaps">Treated minus synthetic, per period, in units of the outcome.</param>
/// <param name="AverageEffect">Mean gap of the periods after the change.</param>
/// <param name="ErrorBefore">Root mean square of the gaps before (pre-RMSPE): how well the control fits.</param>
/// <param name="ErrorAfter">Root mean square of the gaps after.</param>
/// <param name="ErrorRatio">After over before; inconclusive when the fit before is perfect.</param>
public sealed record SyntheticControlResult(
    IReadOnlyList<double> Weights,
    IReadOnlyList<double> Gaps,
    double AverageEffect,
    double ErrorBefore,
    double ErrorAfter,
    Computed<double> ErrorRatio);
