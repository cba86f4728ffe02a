namespace Splitstream.Stats.QuasiExperiments;

/// <summary>One unit in one period of a panel that may have gaps.</summary>
/// <param name="Unit">Which unit; any number.</param>
/// <param name="Period">Which period; any number, order does not matter.</param>
/// <param name="Treatment">1 while the change is in force for the unit, else 0; a dose in between is allowed. Finite.</param>
/// <param name="Outcome">Finite.</param>
public readonly record struct PanelRow(int Unit, int Period, double Treatment, double Outcome);
