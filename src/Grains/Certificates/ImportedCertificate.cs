using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Samples;

namespace Splitstream.Grains.Certificates;

/// <summary>What is simulated for an experiment that was assigned elsewhere: a single look at as many units as there are. Pure.</summary>
public static class ImportedCertificate
{
    /// <returns>Null when the data say too little.</returns>
    public static CertificateInput? Design(
        AnalysedExperiment experiment, IReadOnlyList<MetricDefinition> definitions, AnalysisInputs data)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(data);
        var variants = experiment.Variants.Where(variant => variant.Weight > 0)
            .Select(variant => new CertifiedVariant(variant.Key, variant.Weight, variant.IsControl)).ToArray();
        var definition = definitions.FirstOrDefault(metric => metric.Key == experiment.PrimaryMetric);
        if (definition is null || variants.Length < 2 || !variants.Any(variant => variant.IsControl))
        {
            return null;
        }

        // Of a quantile, units have no values of their own.
        var table = MetricTable.Create(experiment, definition, data.Sums, MetricPart.Matured).Unadjusted();
        var shown = Enumerable.Range(0, experiment.Variants.Length)
            .Select(variant => table.Shown(variant).TryGet(out var summary, out _) ? summary : SampleSummary.Empty).ToArray();
        var units = shown.Sum(summary => summary.Units);
        var mean = shown.Sum(summary => summary.Units * summary.Mean) / units;
        var variance = shown.Sum(summary => (summary.Units * summary.Variance) + (summary.Units * (summary.Mean - mean) * (summary.Mean - mean))) / units;

        // Every unit is mature.
        var metric = new CertifiedMetric(definition with { WindowHours = null }, mean, variance, null);
        if (units < 2 || !(metric.Variance > 0) || !double.IsFinite(metric.Variance) || (metric.IsConversion && mean is not (> 0 and < 1)))
        {
            return null;
        }

        return new CertificateInput(
            [.. variants],
            metric,
            experiment.Rule with
            {
                Plan = null, MinDays = 0, CadenceMinutes = 1_440, HorizonDays = 1, HorizonUnitsPerVariant = Math.Max(units, experiment.Rule.MinSample),
            },
            [],
            units,
            experiment.Rule.Plan?.Mde,
            "import",
            CertificateOptions.RunsNeeded,
            CertificateDesigner.Seed,
            ResultsComputation.EngineVersion);
    }
}
