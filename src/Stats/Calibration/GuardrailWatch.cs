using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Calibration;

/// <summary>One guardrail of a run: harm, always-valid, at every look; non-inferiority where the rule wants to ship.</summary>
internal sealed class GuardrailWatch
{
    private readonly OutcomeSampler _sampler;
    private readonly Evidence _evidence;
    private readonly GuardrailDesign _guardrail;
    private readonly double[] _width;
    private readonly double _quantile;
    private Sums _sums;

    public GuardrailWatch(ExperimentDesign design, GuardrailDesign guardrail, LookPlan plan, OutcomeSampler sampler)
    {
        var rule = design.Rule;
        _guardrail = guardrail;
        _sampler = sampler;
        _evidence = new Evidence(plan, guardrail.Outcome.IsConversion, design.Control, guardrail.HigherIsBetter, guardrail.Outcome.Origin);
        _sums = new Sums(plan.Variants);
        _quantile = NormalDistribution.Quantile(rule.GuardrailAlpha, Tail.Upper);
        var alpha = rule.GuardrailAlpha / (design.Guardrails.Length * design.Treatments);
        var rho = AsymptoticConfidenceSequence.Rho(rule.MinimumSample, alpha);
        _width = new double[plan.Looks.Length * plan.Variants];
        for (var look = 0; look < plan.Looks.Length; look++)
        {
            for (var variant = 0; variant < plan.Variants; variant++)
            {
                var units = plan.Looks[look].Units;
                double n = AsymptoticConfidenceSequence.UnitsPerVariant(units[design.Control], units[variant]);
                var time = n * rho * rho;

                // In standard errors: the error of one observation is sqrt(n) of them.
                _width[(look * plan.Variants) + variant] =
                    Math.Sqrt(2 * (time + 1) / time * ((0.5 * Elementary.Log1p(time)) - Elementary.Log(alpha)));
            }
        }
    }

    /// <summary>The same guardrail for another thread.</summary>
    public GuardrailWatch Fork()
    {
        var fork = (GuardrailWatch)MemberwiseClone();
        fork._sums = new Sums(_sums.Sum.Length);
        return fork;
    }

    public void Begin() => _sums.Clear();

    /// <summary>True when harm is proven for some treatment.</summary>
    public bool Advance(int look, ref RunRandom random)
    {
        _sampler.Advance(look, _sums, ref random);
        var harm = false;
        for (var variant = 0; variant < _sums.Sum.Length; variant++)
        {
            var width = _width[(look * _sums.Sum.Length) + variant];
            if (variant == _evidence.Control || !_evidence.MayLieBelow(-_guardrail.Margin, width, look, variant, _sums))
                continue;
            var (effect, error) = _evidence.Difference(look, variant, _sums);
            harm |= error > 0 && effect + (error * width) < -_guardrail.Margin;
        }

        return harm;
    }

    public bool IsNonInferior(int look, int variant)
    {
        var (effect, error) = _evidence.Difference(look, variant, _sums);
        return !_guardrail.MarginMissing && error > 0 && effect - (_quantile * error) > -_guardrail.Margin;
    }
}
