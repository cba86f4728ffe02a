namespace Splitstream.Stats.Calibration;

/// <summary>A guardrail as it is simulated: independent of the primary metric, and mature when that is.</summary>
/// <param name="Outcome">What one unit's value is.</param>
/// <param name="HigherIsBetter">Its direction.</param>
/// <param name="Margin">How much worse is still harmless, in units of the metric; 0 or more.</param>
/// <param name="MarginMissing">True when the metric states none: harm is tested against 0, and nothing can ship.</param>
public sealed record GuardrailDesign(OutcomeModel Outcome, bool HigherIsBetter, double Margin, bool MarginMissing = false)
{
    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Outcome);
        Guard.NotNegative(Margin);
    }
}
