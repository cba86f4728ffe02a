using System.Collections.Immutable;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Calibration;
using Splitstream.Storage.Certificates;

namespace Splitstream.Grains.Certificates;

/// <summary>Puts together what a certificate is to simulate, from the definition, its plan and the history of its metrics. Pure.</summary>
public static class CertificateDesigner
{
    /// <summary>Neither the plan nor stored events say what to expect.</summary>
    public const string NoPlan = "no_plan";

    /// <summary>What is planned is too large to be simulated: too many looks, or units.</summary>
    public const string OutOfRange = "plan_out_of_range";

    public const string NoPrimaryMetric = "no_primary_metric";

    /// <summary>A metric without a window never matures.</summary>
    public const string OutcomeDelay = "outcome_delay";

    /// <summary>Fewer than two variants have a positive weight.</summary>
    public const string TooFewVariants = "too_few_variants";

    /// <summary>The same for every experiment, so that equal plans have equal certificates.</summary>
    public const ulong Seed = 20_261_121;

    /// <param name="definition">The experiment.</param>
    /// <param name="metrics">Definitions of its metrics.</param>
    /// <param name="history">By metric key; those that are absent have none.</param>
    /// <param name="unitsPerDay">From stored events; null without any.</param>
    /// <returns>What to simulate, or the reason why there is nothing.</returns>
    public static (CertificateInput? Input, string? Reason) Design(
        ExperimentDefinition definition,
        IReadOnlyDictionary<string, MetricDefinition> metrics,
        IReadOnlyDictionary<string, MetricHistory> history,
        double? unitsPerDay)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(history);
        if (definition.PrimaryMetric is not { } key || !metrics.TryGetValue(key, out var primary))
        {
            return (null, NoPrimaryMetric);
        }

        if (primary.WindowHours is null && primary.Type != MetricType.Retention)
        {
            return (null, OutcomeDelay);
        }

        var plan = definition.Rule.Plan;
        var traffic = plan?.UnitsPerDay ?? (unitsPerDay > 0 ? unitsPerDay * definition.Traffic : null);
        if (traffic is not > 0 || Metric(primary, plan, history.GetValueOrDefault(key)) is not { } metric)
        {
            return (null, NoPlan);
        }

        var guardrails = ImmutableArray.CreateBuilder<CertifiedMetric>();
        var unknown = ImmutableArray.CreateBuilder<string>();
        foreach (var guardrail in definition.Guardrails)
        {
            if (metrics.TryGetValue(guardrail, out var known)
                && (Metric(known, null, history.GetValueOrDefault(guardrail)) ?? WithoutScale(known)) is { } expected)
            {
                guardrails.Add(expected);
            }
            else
            {
                unknown.Add(guardrail);
            }
        }

        ImmutableArray<CertifiedVariant> variants =
        [
            .. definition.Variants.Where(variant => variant.Weight > 0 || variant.IsControl)
                .Select(variant => new CertifiedVariant(variant.Key, variant.Weight, variant.IsControl)),
        ];
        if (variants.Length < 2 || variants.Any(variant => variant.Weight <= 0))
        {
            return (null, TooFewVariants);
        }

        var planned = plan is { UnitsPerDay: not null } && (plan.BaselineRate ?? plan.BaselineMean) is not null;
        return (
            new CertificateInput(
                variants,
                metric,
                definition.Rule with { Plan = null },
                guardrails.ToImmutable(),
                traffic.Value,
                plan?.Mde,
                planned ? "plan" : "events",
                CertificateOptions.RunsNeeded,
                Seed,
                ResultsComputation.EngineVersion,
                unknown.Count == 0 ? null : unknown.ToImmutable()),
            null);
    }

    /// <summary>
    /// A guardrail of which nothing is known and that has no margin: nothing ships, and its test of harm does not depend on a scale. With a
    /// margin it depends on one, and is not simulated.
    /// </summary>
    private static CertifiedMetric? WithoutScale(MetricDefinition guardrail) => guardrail.Margin is not null ? null
        : guardrail.Type is MetricType.Conversion or MetricType.Retention ? new CertifiedMetric(guardrail, 0.5, 0.25, null)
        : new CertifiedMetric(guardrail, 0, 1, null);

    /// <summary>The plan where it speaks; otherwise what stored events show. Null when neither is enough.</summary>
    private static CertifiedMetric? Metric(MetricDefinition definition, DecisionPlan? plan, MetricHistory? history)
    {
        var isConversion = definition.Type is MetricType.Conversion or MetricType.Retention;
        if (isConversion)
        {
            return (plan?.BaselineRate ?? history?.Mean) is { } rate and > 0 and < 1
                ? new CertifiedMetric(definition, rate, rate * (1 - rate), null)
                : null;
        }

        // Real values before stated moments: only they can be certified.
        if (history is { Values.Length: > 1, Variance: > 0 })
        {
            return new CertifiedMetric(definition, history.Mean, history.Variance, history.Values);
        }

        return plan is { BaselineMean: { } mean, BaselineVariance: { } variance and > 0 }
            ? new CertifiedMetric(definition, mean, variance, null)
            : null;
    }
}
