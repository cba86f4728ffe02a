using System.Collections.Frozen;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Api.Experiments;

/// <summary>Reads <c>decisionRule</c>: the given fields over the values that stand.</summary>
internal static class DecisionRuleInput
{
    private const int DaysMax = 3_650;
    private const int CadenceMinutesMin = 5;
    private const int CadenceMinutesMax = 525_600;

    private static readonly FrozenSet<string> RuleFields = KnownFields.Of(ApiJsonContext.Default.DecisionRuleRequest);
    private static readonly FrozenSet<string> HorizonFields = KnownFields.Of(ApiJsonContext.Default.HorizonRequest);
    private static readonly FrozenSet<string> PlanFields = KnownFields.Of(ApiJsonContext.Default.PlanRequest);
    private static readonly FrozenSet<string> PriorFields = KnownFields.Of(ApiJsonContext.Default.PriorRequest);
    private static readonly FrozenSet<string> BaselineFields = KnownFields.Of(ApiJsonContext.Default.BaselineRequest);

    /// <summary>The merged rule; refused fields keep the value that stood and are added to the errors.</summary>
    /// <param name="experiment">The object that has a <c>decisionRule</c>.</param>
    public static DecisionRule Read(JsonInput experiment, DecisionRule standing)
    {
        if (experiment.Object("decisionRule", RuleFields) is not { } input)
        {
            return standing;
        }

        JsonInput? horizon = input.Object("horizon", HorizonFields);
        var rule = new DecisionRule(
            input.Choice<DecisionMethod>("method") ?? standing.Method,
            input.Number("posteriorThreshold", value => value is > 0.5 and < 1, "lie strictly between 0.5 and 1") ?? standing.PosteriorThreshold,
            input.Number("alpha", IsAlpha, "lie strictly between 0 and 0.5") ?? standing.Alpha,
            input.Count("minSample", 1, JsonInput.MaxCount) ?? standing.MinSample,
            (int?)input.Count("minDays", 0, DaysMax) ?? standing.MinDays,
            (int?)input.Count("cadenceMinutes", CadenceMinutesMin, CadenceMinutesMax) ?? standing.CadenceMinutes,
            (int?)horizon?.Count("days", 1, DaysMax) ?? standing.HorizonDays,
            horizon?.Count("unitsPerVariant", 1, JsonInput.MaxCount) ?? standing.HorizonUnitsPerVariant,
            input.Choice<AlphaSpending>("spending") ?? standing.Spending,
            input.Choice<PrimaryCorrection>("correction") ?? standing.Correction,
            input.Number("guardrailAlpha", IsAlpha, "lie strictly between 0 and 0.5") ?? standing.GuardrailAlpha,
            Plan(input, standing.Plan),
            Prior(input, standing.Prior));
        if (rule.HorizonUnitsPerVariant < rule.MinSample)
        {
            input.Errors.Add(
                input.At("horizon/unitsPerVariant"),
                $"horizon.unitsPerVariant must be at least minSample, {rule.MinSample}, was {rule.HorizonUnitsPerVariant}.");
        }

        return rule;
    }

    private static bool IsAlpha(double value) => value is > 0 and < 0.5;

    /// <summary>A prior is one thing: a given one replaces the one that stood, and null takes it away.</summary>
    private static LiftPrior? Prior(JsonInput rule, LiftPrior? standing)
    {
        if (rule.Has("prior") && !rule.TryGet("prior", out _))
        {
            return null;
        }

        if (rule.Object("prior", PriorFields) is not { } input)
        {
            return standing;
        }

        double? mean = input.Number("mean", _ => true, "be finite", required: true);
        double? sd = input.Number("sd", value => value > 0, "be positive", required: true);
        return mean is null || sd is null ? standing : new LiftPrior(mean.Value, sd.Value);
    }

    private static DecisionPlan? Plan(JsonInput rule, DecisionPlan? standing)
    {
        if (rule.Has("plan") && !rule.TryGet("plan", out _))
        {
            return null;
        }

        if (rule.Object("plan", PlanFields) is not { } input)
        {
            return standing;
        }

        DecisionPlan plan = standing ?? new DecisionPlan(null, null, null, null, null);
        if (input.Object("baseline", BaselineFields) is { } baseline)
        {
            // A baseline is one thing: a given one replaces the whole that stood.
            plan = plan with
            {
                BaselineRate = baseline.Number("rate", value => value is > 0 and < 1, "lie strictly between 0 and 1"),
                BaselineMean = baseline.Number("mean", _ => true, "be finite"),
                BaselineVariance = baseline.Number("variance", value => value > 0, "be positive"),
            };
            if (baseline.Has("rate") && (baseline.Has("mean") || baseline.Has("variance")))
            {
                input.Errors.Add(baseline.Pointer, "baseline has either rate, or mean and variance.");
            }
        }

        return plan with
        {
            UnitsPerDay = input.Number("unitsPerDay", value => value > 0, "be positive") ?? plan.UnitsPerDay,
            Mde = input.Number("mde", value => value > 0, "be positive") ?? plan.Mde,
        };
    }
}
