using System.Text.Json;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Power;

namespace Splitstream.Grains.Certificates;

/// <summary>From a plan to sizes and effects. Pure; the same plan gives the same answer on any number of threads.</summary>
public static class PowerComputation
{
    /// <param name="threads">1 or more.</param>
    public static PowerPlanResult Compute(PlannedPower planned, int threads, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(planned);
        var input = Input(planned);
        var design = input.ToDesign();
        var traffic = planned.UnitsPerDay ?? PowerPlan.UnitsPerDay(design.Rule, design.Weights);

        // Without traffic nobody can tell how many units the minimum of days is.
        design = design with
        {
            UnitsPerDay = traffic,
            Rule = design.Rule with { MinimumDays = planned.UnitsPerDay is null ? 0 : design.Rule.MinimumDays },
        };
        var options = new CertificateOptions(input.Seed, Threads: threads);
        return new PowerPlanResult(
            planned.Rule.Alpha,
            planned.Power,
            input.Variants[PowerPlan.Treatment(design)].Key,
            planned.Mde,
            planned.Days,
            planned.UnitsPerDay,
            traffic,
            planned.Days is { } days
                ? [.. PowerPlan.Effects(design, days, planned.Power, options, cancellation).Select(row => row.Effect.TryGet(out var effect, out var why)
                    ? Without(row.Method, null) with { Mde = effect }
                    : Without(row.Method, why.Reason))]
                : [.. PowerPlan.Sizes(design, planned.Power, options, cancellation).Select(row => row.Size.TryGet(out var size, out var why)
                    ? Sized(row.Method, size, input, planned)
                    : Without(row.Method, why.Reason))],
            options.EffectRuns,
            options.Seed,
            ResultsComputation.EngineVersion);
    }

    private static CertificateInput Input(PlannedPower planned)
    {
        var type = planned.BaselineRate is null ? MetricType.Mean : MetricType.Conversion;
        var definition = new MetricDefinition("baseline", "baseline", type, "baseline", null, planned.WindowHours, MetricDirection.Increase, null, null, 0);
        var rate = planned.BaselineRate ?? 0;
        return new CertificateInput(
            [.. planned.Variants.Where(variant => variant.Weight > 0).Select(variant => new CertifiedVariant(variant.Key, variant.Weight, variant.IsControl))],
            new CertifiedMetric(definition, planned.BaselineRate ?? planned.BaselineMean!.Value, planned.BaselineVariance ?? rate * (1 - rate), null),
            planned.Rule,
            [],
            1,
            planned.Mde,
            "plan",
            CertificateOptions.RunsNeeded,
            CertificateDesigner.Seed,
            ResultsComputation.EngineVersion);
    }

    private static PowerMethodResult Sized(RuleMethod method, MethodSize size, CertificateInput input, PlannedPower planned)
    {
        var (rule, hasTraffic) = (planned.Rule, planned.UnitsPerDay is not null);
        return Without(method, null) with
        {
            Variants = [.. input.Variants.Zip(size.Units, (variant, units) => new VariantUnitsResult(variant.Key, units))],
            UnitsPerVariant = size.Units.Max(),
            Units = size.Units.Sum(),
            Days = hasTraffic ? size.Days : null,
            MeanUnits = size.MeanUnits,
            MeanDays = hasTraffic ? size.MeanDays : null,
            BelowMinSample = size.Units.Min() < rule.MinSample,
            WithinHorizon = size.Units.Max() <= rule.HorizonUnitsPerVariant && (!hasTraffic || size.Days <= rule.HorizonDays),
            SimulatedPower = CertificateComputation.Rate(size.Power),
            FalsePositiveRate = CertificateComputation.Rate(size.FalsePositives),
        };
    }

    private static PowerMethodResult Without(RuleMethod method, string? reason) => new(
        JsonNamingPolicy.SnakeCaseLower.ConvertName(method.ToString()), reason, [], null, null, null, null, null, null, null, null, null, null);
}
