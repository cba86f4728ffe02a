using Splitstream.Stats.Decisions;

namespace Splitstream.Stats.Calibration;

/// <summary>How one simulated experiment ended.</summary>
/// <param name="Kind"><see cref="VerdictKind.Ship"/>, <see cref="VerdictKind.RollBack"/>, or undecided at the horizon.</param>
/// <param name="Variant">The variant that was shipped; -1 otherwise.</param>
/// <param name="Look">Index of the deciding look in the plan; -1 without one.</param>
/// <param name="Effect">Estimated effect of the shipped variant in the good direction; 0 otherwise.</param>
/// <param name="Paused">A guardrail's harm test ended it first.</param>
/// <param name="Strongest">
/// Largest deviate at which the rule would have acted at a higher threshold; found only where asked for, and only near the threshold.
/// </param>
internal readonly record struct RunResult(VerdictKind Kind, int Variant, int Look, double Effect, bool Paused, double Strongest)
{
    public bool Decided => Kind is VerdictKind.Ship or VerdictKind.RollBack;
}
