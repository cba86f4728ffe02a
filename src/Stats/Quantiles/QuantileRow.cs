namespace Splitstream.Stats.Quantiles;

/// <summary>One value of one unit.</summary>
/// <param name="Unit">Which unit; any number.</param>
/// <param name="Value">Finite.</param>
public readonly record struct QuantileRow(int Unit, double Value);
