namespace Splitstream.Stats.Calibration;

/// <summary>What the rule makes of one true effect of the first treatment, the other treatments equalling control.</summary>
/// <param name="Effect">Absolute, in the good direction.</param>
/// <param name="Power">It is shipped.</param>
/// <param name="WrongSign">The experiment is rolled back, or another treatment is shipped.</param>
/// <param name="Duration">To any decision.</param>
/// <param name="Exaggeration">Mean estimated effect at ships over the true effect; null without a ship.</param>
public sealed record EffectPower(double Effect, SimulatedRate Power, SimulatedRate WrongSign, Duration Duration, double? Exaggeration);
