namespace Splitstream.Stats.Decisions;

/// <summary>What the method says of one treatment at one look.</summary>
/// <param name="Wins">Proven better than control.</param>
/// <param name="Loses">Proven worse than control.</param>
/// <param name="Estimate">Its effect in the good direction, in units of the metric: the posterior mean where there is one.</param>
/// <param name="MayShip">Every guardrail is shown to be no worse than its margin.</param>
public readonly record struct TreatmentStanding(bool Wins, bool Loses, double Estimate, bool MayShip);
