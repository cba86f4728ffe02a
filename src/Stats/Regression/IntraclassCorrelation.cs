namespace Splitstream.Stats.Regression;

/// <summary>How alike the units of one cluster are.</summary>
/// <param name="Correlation">Of two units of one cluster, at most 1; negative where units of a cluster differ more than others.</param>
/// <param name="DesignEffect">Variance of a mean over what independent units would give, 1 + (mean size - 1) times the correlation.</param>
public sealed record IntraclassCorrelation(double Correlation, double DesignEffect);
