namespace Splitstream.Stats.Bandits;

/// <summary>One unit of an adaptive experiment.</summary>
/// <param name="Variant">Index of the variant it was given.</param>
/// <param name="Outcome">Its value, finite.</param>
/// <param name="Probabilities">The share of every variant when the unit was assigned, each in [0, 1], summing to 1 within 1e-9.</param>
public sealed record AdaptiveObservation(int Variant, double Outcome, IReadOnlyList<double> Probabilities);
