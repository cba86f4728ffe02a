using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Assignment;

/// <summary>Standardised mean differences of covariates between variants: whether an assignment came out even.</summary>
/// <remarks>
/// Rosenbaum and Rubin 1985; Austin 2009 (Statistics in Medicine 28). A description, not a test: in a randomised experiment every
/// difference is chance, and with few units large ones are expected.
/// </remarks>
public static class BalanceReport
{
    /// <summary>Compares every variant with the control, covariate by covariate.</summary>
    /// <param name="covariates">Name and one finite value per unit.</param>
    /// <param name="variants">The variant of each unit, 0 to <paramref name="variantCount"/> - 1.</param>
    /// <param name="variantCount">Number of variants, at least 2.</param>
    /// <param name="control">Index of the control.</param>
    /// <returns>One entry per covariate and other variant, in that order.</returns>
    /// <exception cref="ArgumentException">Lengths differ, or a value or index is out of range.</exception>
    public static IReadOnlyList<CovariateBalance> Compute(
        IReadOnlyList<(string Name, IReadOnlyList<double> Values)> covariates,
        IReadOnlyList<int> variants,
        int variantCount,
        int control = 0)
    {
        ArgumentNullException.ThrowIfNull(covariates);
        ArgumentNullException.ThrowIfNull(variants);
        Guard.AtLeast(variantCount, 2);
        if (control < 0 || control >= variantCount)
            throw new ArgumentOutOfRangeException(nameof(control), control, $"There are {variantCount} variants.");
        if (variants.Any(variant => variant < 0 || variant >= variantCount))
            throw new ArgumentException($"Every variant must lie between 0 and {variantCount - 1}.", nameof(variants));
        var report = new List<CovariateBalance>();
        foreach (var (name, values) in covariates)
        {
            ArgumentNullException.ThrowIfNull(values, nameof(covariates));
            if (values.Count != variants.Count)
                throw new ArgumentException($"{name} has {values.Count} values for {variants.Count} units.", nameof(covariates));
            foreach (var value in values)
                Guard.Finite(value, nameof(covariates));
            var summaries = Enumerable.Range(0, variantCount)
                .Select(variant => SampleSummary.FromValues(values.Where((_, i) => variants[i] == variant).ToArray())).ToArray();
            report.AddRange(Enumerable.Range(0, variantCount).Where(variant => variant != control)
                .Select(variant => new CovariateBalance(
                    name,
                    variant,
                    Mean(summaries[control]),
                    Mean(summaries[variant]),
                    Standardise(summaries[control], summaries[variant]))));
        }

        return report;
    }

    /// <summary>(m_v - m_c) / sqrt((s_v^2 + s_c^2)/2) from summaries.</summary>
    /// <returns>Inconclusive below two units in either, when neither varies, or when it is not finite.</returns>
    public static Computed<double> StandardisedDifference(SampleSummary control, SampleSummary variant)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(variant);
        if (control.Units < 2 || variant.Units < 2)
            return new Inconclusive(Inconclusive.TooFewUnits, "A variance needs two units in each variant.");
        var deviation = Math.Sqrt(control.Variance / 2 + variant.Variance / 2);
        if (!(deviation > 0))
            return new Inconclusive(Inconclusive.ZeroVariance, "The covariate is constant within both variants.");
        var difference = (variant.Mean - control.Mean) / deviation;
        return double.IsFinite(difference)
            ? difference
            : new Inconclusive(Inconclusive.Overflow, "The difference is outside the range of a double.");
    }

    private static Computed<double> Standardise(Computed<SampleSummary> control, Computed<SampleSummary> variant)
    {
        if (!control.TryGet(out var first, out var why) || !variant.TryGet(out var second, out why))
            return why;
        return StandardisedDifference(first, second);
    }

    private static double Mean(Computed<SampleSummary> summary) => summary.IsConclusive ? summary.Value.Mean : 0;
}
