namespace Splitstream.Stats.Bayesian;

/// <summary>P(B > A) and P(A > B); they sum to 1, and neither was subtracted from it where small.</summary>
public sealed record ProbabilityPair(double BGreater, double AGreater);
