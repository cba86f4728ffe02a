namespace Splitstream.Stats.QuasiExperiments;

/// <summary>How unusual the treated unit is among units to which nothing happened.</summary>
/// <param name="ErrorRatios">Error after over error before, one per unit of the panel.</param>
/// <param name="Rank">Of the treated unit, 1 for the largest ratio.</param>
/// <param name="P">Rank over number of units, in (0, 1]; cannot be below 1 over that number.</param>
public sealed record PlaceboInSpaceResult(IReadOnlyList<double> ErrorRatios, int Rank, double P);
