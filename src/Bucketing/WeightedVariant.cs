namespace Splitstream.Bucketing;

/// <summary>A variant and its weight, the relative share of units that it receives.</summary>
/// <param name="Key">The variant's key.</param>
/// <param name="Weight">Finite and not negative; zero gives the variant nobody. Only the ratio to the sum of weights counts.</param>
public sealed record WeightedVariant(string Key, double Weight);
