namespace Splitstream.Stats.Calibration;

/// <summary>What the variants of a simulated experiment really do.</summary>
/// <param name="Effects">Per variant, on the mean of the primary metric; 0 for control.</param>
/// <param name="GuardrailEffects">Per guardrail and variant.</param>
internal sealed record Truth(double[] Effects, double[][] GuardrailEffects)
{
    /// <summary>Nothing does anything.</summary>
    public static Truth Null(ExperimentDesign design) => With(design, new double[design.Weights.Length]);

    /// <summary>One treatment changes the primary metric.</summary>
    /// <param name="effect">Absolute, positive for better.</param>
    public static Truth Of(ExperimentDesign design, int variant, double effect)
    {
        var effects = new double[design.Weights.Length];
        effects[variant] = design.HigherIsBetter ? effect : -effect;
        return With(design, effects);
    }

    /// <summary>Every treatment harms every guardrail by just its margin: the worst case of the harm test's null hypothesis.</summary>
    public static Truth AtMargins(ExperimentDesign design) => Null(design) with
    {
        GuardrailEffects =
        [
            .. design.Guardrails.Select(guardrail => design.Weights
                .Select((_, v) => v == design.Control ? 0 : guardrail.HigherIsBetter ? -guardrail.Margin : guardrail.Margin).ToArray()),
        ],
    };

    private static Truth With(ExperimentDesign design, double[] effects) =>
        new(effects, [.. design.Guardrails.Select(_ => new double[design.Weights.Length])]);
}
