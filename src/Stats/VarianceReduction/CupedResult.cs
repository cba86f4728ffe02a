namespace Splitstream.Stats.VarianceReduction;

/// <summary>What a covariate explains of a metric within one set of units.</summary>
/// <param name="Theta">cov(x, y)/var(x), in units of the metric per unit of the covariate.</param>
/// <param name="VarianceOfMetric">Sample variance of y, above 0.</param>
/// <param name="AdjustedVariance">Sample variance of y - theta (x - mean x), at least 0.</param>
/// <param name="VarianceReduction">Share of the variance that is gone: the squared correlation, in [0, 1].</param>
public sealed record CupedResult(double Theta, double VarianceOfMetric, double AdjustedVariance, double VarianceReduction);
