namespace Splitstream.Stats.Segments;

/// <summary>A test that effects of several segments are one and the same.</summary>
/// <param name="Q">Cochran's Q, at least 0.</param>
/// <param name="DegreesOfFreedom">Segments minus one, at least 1.</param>
/// <param name="P">Upper tail of chi-square, in [0, 1].</param>
/// <param name="CommonEffect">The effect if it is one and the same: segments weighted by the inverse of their variance.</param>
public sealed record HeterogeneityResult(double Q, int DegreesOfFreedom, double P, double CommonEffect);
