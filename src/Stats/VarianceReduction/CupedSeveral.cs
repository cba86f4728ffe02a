using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.VarianceReduction;

/// <summary>CUPED with several covariates at once: y - theta' (x - mean x), theta the slopes of y on all of them.</summary>
/// <remarks>
/// Deng, Xu, Kohavi and Walker 2013, section 3; with an intercept it is the regression adjustment of Lin 2013 with one slope for all
/// variants. Covariates must be known before the unit saw its variant. The variance is that for a fixed theta.
/// </remarks>
public static class CupedSeveral
{
    /// <summary>What the other covariates leave of one, as a share of its variance, below which it counts as their combination.</summary>
    private const double DependentBelow = 1e-10;

    /// <summary>All units of several variants as one set, with one mean for all: what theta is estimated from.</summary>
    /// <exception cref="ArgumentException">No variant, or variants with different numbers of covariates.</exception>
    public static CupedSeveralMoments Pool(IReadOnlyList<CupedSeveralMoments> variants)
    {
        ArgumentNullException.ThrowIfNull(variants);
        if (variants.Count == 0 || variants.Any(v => v.Means.Count != variants[0].Means.Count))
            throw new ArgumentException("At least one variant, all with the same covariates.", nameof(variants));
        if (variants.Count == 1)
            return variants[0];
        var units = variants.Sum(v => v.Units);
        var size = variants[0].Means.Count;
        var outcome = variants.Sum(v => v.Units * (v.MeanOutcome / units));
        var means = Enumerable.Range(0, size).Select(i => variants.Sum(v => v.Units * (v.Means[i] / units))).ToArray();

        // Within variants plus between them.
        return new CupedSeveralMoments(
            units,
            outcome,
            Combine(v => v.VarianceOutcome, v => v.MeanOutcome - outcome, v => v.MeanOutcome - outcome),
            means,
            Enumerable.Range(0, size).Select(i => Combine(v => v.Covariances[i], v => v.Means[i] - means[i], v => v.MeanOutcome - outcome)).ToArray(),
            Enumerable.Range(0, size).Select(i => (IReadOnlyList<double>)Enumerable.Range(0, size)
                .Select(j => Combine(v => v.Matrix[i][j], v => v.Means[i] - means[i], v => v.Means[j] - means[j])).ToArray()).ToArray());

        double Combine(
            Func<CupedSeveralMoments, double> within, Func<CupedSeveralMoments, double> first, Func<CupedSeveralMoments, double> second) =>
            variants.Sum(v => (v.Units - 1) * within(v) + v.Units * first(v) * second(v)) / (units - 1);
    }

    /// <summary>The slopes of the metric on all covariates together, by Cholesky's decomposition of their correlations.</summary>
    /// <returns>Inconclusive when a covariate is constant or a combination of those before it, or when a slope is not finite.</returns>
    public static Computed<IReadOnlyList<double>> Theta(CupedSeveralMoments pooled)
    {
        ArgumentNullException.ThrowIfNull(pooled);
        var size = pooled.Means.Count;
        var scale = Enumerable.Range(0, size).Select(i => Math.Sqrt(pooled.Matrix[i][i])).ToArray();
        var root = new double[size, size];
        var theta = new double[size];
        for (var i = 0; i < size; i++)
        {
            if (scale[i] == 0)
                return Deficient(i);
            theta[i] = pooled.Covariances[i] / scale[i];
            for (var j = 0; j <= i; j++)
            {
                var entry = pooled.Matrix[i][j] / scale[i] / scale[j];
                for (var k = 0; k < j; k++)
                    entry -= root[i, k] * root[j, k];
                if (i > j)
                    root[i, j] = entry / root[j, j];
                else if (entry > DependentBelow)
                    root[i, i] = Math.Sqrt(entry);
                else
                    return Deficient(i);
            }

            for (var k = 0; k < i; k++)
                theta[i] -= root[i, k] * theta[k];
            theta[i] /= root[i, i];
        }

        for (var i = size - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < size; k++)
                theta[i] -= root[k, i] * theta[k];
            theta[i] /= root[i, i];
        }

        for (var i = 0; i < size; i++)
            theta[i] /= scale[i];
        return theta.All(double.IsFinite)
            ? Computed.Of<IReadOnlyList<double>>(theta)
            : new Inconclusive(Inconclusive.Overflow, "A slope is outside the range of a double.");
    }

    /// <summary>Units, mean and variance of y - theta' (x - reference) in one variant.</summary>
    /// <param name="variant">The variant's moments.</param>
    /// <param name="theta">The same slopes for all variants that are compared, finite.</param>
    /// <param name="referenceMeans">Means of the covariates over all variants that are compared; differences do not depend on them.</param>
    /// <returns>Inconclusive when a figure is not finite.</returns>
    public static Computed<SampleSummary> Adjust(
        CupedSeveralMoments variant, IReadOnlyList<double> theta, IReadOnlyList<double> referenceMeans)
    {
        ArgumentNullException.ThrowIfNull(variant);
        ArgumentNullException.ThrowIfNull(theta);
        ArgumentNullException.ThrowIfNull(referenceMeans);
        var size = variant.Means.Count;
        if (theta.Count != size || referenceMeans.Count != size)
            throw new ArgumentException("One slope and one reference mean per covariate.", nameof(theta));
        var mean = variant.MeanOutcome;
        var variance = variant.VarianceOutcome;
        for (var i = 0; i < size; i++)
        {
            Guard.Finite(theta[i], nameof(theta));
            Guard.Finite(referenceMeans[i], nameof(referenceMeans));
            mean -= theta[i] * (variant.Means[i] - referenceMeans[i]);
            variance -= 2 * theta[i] * variant.Covariances[i];
            for (var j = 0; j < size; j++)
                variance += theta[i] * theta[j] * variant.Matrix[i][j];
        }

        return double.IsFinite(mean) && double.IsFinite(variance)
            ? new SampleSummary(variant.Units, mean, Math.Max(0, variance))
            : new Inconclusive(Inconclusive.Overflow, "The adjusted mean or variance is outside the range of a double.");
    }

    /// <summary>Welch's test of the adjusted means, theta pooled over both variants; level in (0, 1).</summary>
    /// <returns>As <see cref="Theta"/> and <see cref="Adjust"/>; inconclusive also when nothing varies after the adjustment.</returns>
    public static Computed<MeanTestResult> Difference(CupedSeveralMoments control, CupedSeveralMoments treatment, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        Guard.Probability(level);
        var pooled = Pool([control, treatment]);
        if (!Theta(pooled).TryGet(out var theta, out var why)
            || !Adjust(control, theta, pooled.Means).TryGet(out var controlAdjusted, out why)
            || !Adjust(treatment, theta, pooled.Means).TryGet(out var treatmentAdjusted, out why))
            return why;
        return MeanDifferenceTest.Welch(controlAdjusted, treatmentAdjusted, level);
    }

    private static Inconclusive Deficient(int covariate) => new(
        Inconclusive.RankDeficient, $"Covariate {covariate + 1} is constant or a linear combination of the ones before it.");
}
