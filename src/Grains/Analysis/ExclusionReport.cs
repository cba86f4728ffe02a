using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats;
using Splitstream.Stats.Distributions;

namespace Splitstream.Grains.Analysis;

/// <summary>Units taken out of the analysis, and whether that may bias it. Pure.</summary>
internal static class ExclusionReport
{
    /// <summary>Rates that differ between variants at a p-value below this make the decision inconclusive.</summary>
    public const double Alpha = 0.001;

    /// <summary>So does a share of excluded units above this.</summary>
    public const double ShareLimit = 0.01;

    public static ExclusionResult Compute(AnalysedExperiment experiment, AnalysisInputs data)
    {
        var total = data.Exclusions.Sum(exclusion => exclusion.Units);
        var analysed = data.Units.Sum(unit => unit.Analysed);
        var share = total == 0 ? 0 : (double)total / (total + analysed);
        var excludedByVariant = experiment.Variants
            .Select(variant => data.Exclusions.Where(exclusion => exclusion.Variant == variant.Key).Sum(exclusion => exclusion.Units)).ToArray();
        var analysedByVariant = experiment.Variants
            .Select(variant => data.Units.Where(unit => unit.Variant == variant.Key).Sum(unit => unit.Analysed)).ToArray();
        var p = Homogeneity(excludedByVariant, analysedByVariant);
        return new ExclusionResult(
            total,
            share,
            [
                .. data.Exclusions.GroupBy(exclusion => exclusion.Reason).OrderBy(group => group.Key, StringComparer.Ordinal)
                    .Select(group => new ReasonCount(group.Key, group.Sum(exclusion => exclusion.Units))),
            ],
            SampleRatio.Numbers(experiment, [.. excludedByVariant.Select(count => (double)count)]),
            p,
            share > ShareLimit || p < Alpha);
    }

    /// <summary>
    /// Pearson's chi-square that excluded and analysed units divide alike in every variant, variants less one degrees of freedom; null
    /// when fewer than two variants have units, or nobody or everybody was excluded.
    /// </summary>
    private static double? Homogeneity(long[] excluded, long[] analysed)
    {
        double allExcluded = excluded.Sum();
        double allAnalysed = analysed.Sum();
        var present = Enumerable.Range(0, excluded.Length).Where(v => excluded[v] + analysed[v] > 0).ToArray();
        if (present.Length < 2 || allExcluded == 0 || allAnalysed == 0)
        {
            return null;
        }

        var all = allExcluded + allAnalysed;
        var statistic = 0.0;
        foreach (var v in present)
        {
            var units = (double)(excluded[v] + analysed[v]);
            var planned = units * allExcluded / all;
            var difference = excluded[v] - planned;

            // Both cells of a column deviate by the same amount.
            statistic += difference * difference * (1 / planned + 1 / (units - planned));
        }

        return ChiSquareDistribution.Cdf(statistic, present.Length - 1, Tail.Upper);
    }
}
