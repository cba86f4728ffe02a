using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Sequential;
using Splitstream.Storage.Certificates;

namespace Splitstream.Grains.Certificates;

/// <summary>
/// How often a rule acts falsely on the units that were really there: dealt to the variants at random, so that nothing differs between
/// them, again and again. Pure. Guardrails are not looked at, and traffic and plan are those of the history.
/// </summary>
public static class HistoryCertificate
{
    /// <summary>No unit, or units that all have the same value.</summary>
    public const string NoHistory = "no_history";

    /// <summary>The history is shorter than the days that the rule waits for at least.</summary>
    public const string MinDaysUnreachable = "min_days_unreachable";

    /// <summary>Real units are slower to deal than numbers to draw; a certificate of history is asked for with fewer runs.</summary>
    public const int DefaultRuns = 20_000;

    private const int UnitsMax = 1_000_000;

    /// <summary>As many units as the rule's horizon takes, and at most a million.</summary>
    public static int MostUnits(ExperimentDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var weights = definition.Variants.Select(variant => variant.Weight).ToArray();
        var horizon = SpendingSchedule.PlannedUnits(definition.Rule.HorizonUnitsPerVariant, weights);
        return (int)Math.Min(UnitsMax, horizon + weights.Length);
    }

    /// <param name="threads">1 or more.</param>
    public static CertificateResult Compute(
        PlannedExperiment planned, MetricDefinition metric, UnitHistory units, int threads, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(planned);
        ArgumentNullException.ThrowIfNull(metric);
        ArgumentNullException.ThrowIfNull(units);
        if ((metric.EndHours ?? metric.WindowHours) is not { } window)
        {
            return Without(CertificateDesigner.OutcomeDelay);
        }

        var variants = planned.Definition.Variants.Where(variant => variant.Weight > 0).ToArray();
        if (variants.Length < 2 || !variants.Any(variant => variant.IsControl))
        {
            return Without(CertificateDesigner.TooFewVariants);
        }

        if (units.Values.Length < 2 || units.Values.All(value => value == units.Values[0]))
        {
            return Without(NoHistory);
        }

        var rule = planned.Definition.Rule;
        var isConversion = metric.Type is MetricType.Conversion or MetricType.Retention;
        var outcome = OutcomeModel.Replayed([.. units.FirstSeenDays.Select(day => day + (window / 24))], units.Values, isConversion);
        var input = new CertificateInput(
            [.. variants.Select(variant => new CertifiedVariant(variant.Key, variant.Weight, variant.IsControl))],
            new CertifiedMetric(metric, outcome.Mean, outcome.Variance, isConversion ? null : units.Values),
            rule with { Plan = null },
            [],
            units.Values.Length / Math.Max(units.FirstSeenDays[^1], 1.0 / 24),
            null,
            "history",
            planned.Runs ?? DefaultRuns,
            planned.Seed ?? CertificateDesigner.Seed,
            ResultsComputation.EngineVersion);
        var design = input.ToDesign();

        // The rule ends where the history does.
        var looks = Math.Max(1, Math.Floor(units.Days * 1_440 / rule.CadenceMinutes));
        var last = looks * rule.CadenceMinutes / 1_440;
        design = design with { Outcome = outcome, Rule = design.Rule with { HorizonDays = Math.Min(rule.HorizonDays, last) } };
        var certificate = Certifier.Certify(design, new CertificateOptions(input.Seed, input.Runs, Threads: threads), cancellation);
        var least = (long)(units.Values.Length * (variants.Min(variant => variant.Weight) / variants.Sum(variant => variant.Weight)));
        var most = units.Values.Length * (variants.Max(variant => variant.Weight) / variants.Sum(variant => variant.Weight));
        var result = CertificateComputation.Result(input, certificate, [], null);
        return result with
        {
            Reason = certificate.Reason == Certificate.MinSampleUnreachable && last < rule.MinDays ? MinDaysUnreachable : result.Reason,
            History = new HistoryResult(
                metric.Key, units.Values.Length, units.Days, least, last >= rule.HorizonDays || most >= rule.HorizonUnitsPerVariant),
        };
    }

    private static CertificateResult Without(string reason) =>
        CertificateResult.Without("unavailable", reason, ResultsComputation.EngineVersion);
}
