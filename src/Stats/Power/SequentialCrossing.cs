namespace Splitstream.Stats.Power;

/// <summary>What a sequential test does to one effect.</summary>
/// <param name="Power">Chance that the upper boundary is reached, and before the lower one; in [0, 1].</param>
/// <param name="ExpectedInformation">Mean information at the stop, at either boundary or at the end; in (0, 1].</param>
public sealed record SequentialCrossing(double Power, double ExpectedInformation);
