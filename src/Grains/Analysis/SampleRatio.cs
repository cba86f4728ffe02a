using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats;
using Splitstream.Stats.Srm;

namespace Splitstream.Grains.Analysis;

/// <summary>Sample ratio of analysed and of assigned units. Pure.</summary>
internal static class SampleRatio
{
    /// <summary>The e-process alarms when its running p-value falls below this.</summary>
    public const double Alpha = 0.001;

    /// <param name="count">Which units are counted.</param>
    /// <param name="earlierMaximum">Largest log Bayes factor of earlier checks.</param>
    /// <returns>The report, and the largest log Bayes factor including this check.</returns>
    public static (SampleRatioReport Report, double Maximum) Compute(
        AnalysedExperiment experiment, ImmutableArray<UnitCount> units, Func<UnitCount, long> count, double earlierMaximum)
    {
        var epochs = EpochsOf(experiment, units, count);
        var observed = Numbers(experiment, [.. experiment.Variants.Select((_, v) => (double)epochs.Sum(epoch => epoch.Observed[v]))]);
        var test = SampleRatioTest.Stratified(epochs);
        var process = MultinomialEProcess.LogBayesFactor(epochs);
        var running = new SequentialSampleRatio(earlierMaximum);
        if (process.IsConclusive)
        {
            running = running.Look(process.Value);
        }

        // Units where the weights allow none contradict the plan outright.
        var contradiction = test.Why?.Reason == Inconclusive.UnitsInZeroWeightVariant;
        var report = new SampleRatioReport(
            observed,
            test.IsConclusive ? Numbers(experiment, test.Value.Expected) : null,
            test.IsConclusive ? test.Value.Statistic : null,
            test.IsConclusive ? test.Value.DegreesOfFreedom : null,
            test.IsConclusive ? test.Value.P : null,
            contradiction || running.P < Alpha,
            new EProcessResult(process.IsConclusive ? process.Value : null, running.P, Alpha, MultinomialEProcess.DefaultConcentration),
            test.Why?.Reason);
        return (report, running.MaximumLogBayesFactor);
    }

    public static VariantNumbers Numbers(AnalysedExperiment experiment, IReadOnlyList<double> values) =>
        new([.. experiment.Variants.Select((variant, index) => new VariantNumber(variant.Key, values[index]))]);

    /// <summary>
    /// Units by epoch with the weights that were in force. Data assigned elsewhere know no epochs of ours: the definition's weights hold
    /// for all of them.
    /// </summary>
    private static List<SampleRatioEpoch> EpochsOf(
        AnalysedExperiment experiment, ImmutableArray<UnitCount> units, Func<UnitCount, long> count)
    {
        if (experiment.IsExternal)
        {
            return [new SampleRatioEpoch(CountsOf(experiment, units, count), [.. experiment.Variants.Select(variant => variant.Weight)])];
        }

        var epochs = new List<SampleRatioEpoch>();
        foreach (var byEpoch in units.GroupBy(unit => unit.Epoch).OrderBy(group => group.Key))
        {
            var epoch = experiment.Epochs.FirstOrDefault(known => known.Number == byEpoch.Key)
                ?? throw new InvalidOperationException($"Experiment '{experiment.Key}' has units of the unknown epoch {byEpoch.Key}.");

            // Variants that were added before the first start of a later epoch had no weight then.
            var weights = experiment.Variants.Select((_, v) => v < epoch.Weights.Length ? epoch.Weights[v] : 0).ToArray();
            epochs.Add(new SampleRatioEpoch(CountsOf(experiment, byEpoch, count), weights));
        }

        // Without any units there still is one count per variant: zero.
        return epochs.Count > 0 ? epochs : [new SampleRatioEpoch(new long[experiment.Variants.Length], [.. experiment.Variants.Select(v => v.Weight)])];
    }

    private static long[] CountsOf(AnalysedExperiment experiment, IEnumerable<UnitCount> units, Func<UnitCount, long> count)
    {
        var counts = new long[experiment.Variants.Length];
        foreach (var unit in units)
        {
            var index = experiment.Variants.Select(variant => variant.Key).ToList().IndexOf(unit.Variant);
            if (index < 0)
            {
                throw new InvalidOperationException($"Experiment '{experiment.Key}' has units of the unknown variant '{unit.Variant}'.");
            }

            counts[index] += count(unit);
        }

        return counts;
    }
}
