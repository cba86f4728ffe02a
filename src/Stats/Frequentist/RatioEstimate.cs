namespace Splitstream.Stats.Frequentist;

/// <summary>A ratio of two means over the same units.</summary>
/// <param name="Ratio">Sum of numerators over sum of denominators.</param>
/// <param name="Variance">Variance of that ratio by the delta method, at least 0.</param>
public sealed record RatioEstimate(double Ratio, double Variance);
