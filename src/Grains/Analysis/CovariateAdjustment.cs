using Splitstream.Stats.Samples;

namespace Splitstream.Grains.Analysis;

/// <summary>One variant's values and covariates within one epoch.</summary>
/// <param name="Covariates">Mean of each covariate.</param>
/// <param name="WithValue">Sample covariance (divisor n - 1) of each covariate with the value.</param>
/// <param name="Within">Sample covariances of the covariates with each other.</param>
internal sealed record AdjustableSample(SampleSummary Values, double[] Covariates, double[] WithValue, double[,] Within);

/// <summary>
/// CUPED with several covariates within one epoch: theta is the slope of the value on the covariates within variants, the same for all of
/// them, and theta (covariates - their mean over all variants) is subtracted. Pure.
/// </summary>
/// <remarks>
/// Deng, Xu, Kohavi and Walker 2013 (WSDM), section 3.3. Deviations are from each variant's own mean, so that no effect enters the slope.
/// Theta comes from the data; the variance is that for a fixed one, which is right to first order.
/// </remarks>
internal static class CovariateAdjustment
{
    private const long MinimumUnits = 2;

    /// <summary>Least share of a covariate's variance that the ones before it leave; one that has less says nothing new.</summary>
    private const double LeastPivot = 1e-8;

    /// <summary>The adjusted summaries; null when no covariate varies, so that there is nothing to adjust for.</summary>
    public static SampleSummary[]? Compute(IReadOnlyList<AdjustableSample> variants)
    {
        var count = variants[0].Covariates.Length;
        var (products, within) = (new double[count], new double[count, count]);
        foreach (var variant in variants.Where(variant => variant.Values.Units >= MinimumUnits))
        {
            var degrees = variant.Values.Units - 1;
            for (var i = 0; i < count; i++)
            {
                products[i] += degrees * variant.WithValue[i];
                for (var j = 0; j < count; j++)
                {
                    within[i, j] += degrees * variant.Within[i, j];
                }
            }
        }

        if (Solve(within, products) is not { } theta)
        {
            return null;
        }

        var units = variants.Sum(variant => variant.Values.Units);
        var reference = new double[count];
        foreach (var variant in variants)
        {
            for (var i = 0; i < count; i++)
            {
                reference[i] += variant.Covariates[i] * ((double)variant.Values.Units / units);
            }
        }

        SampleSummary[] adjusted = [.. variants.Select(variant => Adjust(variant, theta, reference))];
        return adjusted.All(summary => double.IsFinite(summary.Mean) && double.IsFinite(summary.Variance)) ? adjusted : null;
    }

    private static SampleSummary Adjust(AdjustableSample variant, double[] theta, double[] reference)
    {
        var (mean, variance) = (variant.Values.Mean, variant.Values.Variance);
        for (var i = 0; i < theta.Length; i++)
        {
            mean -= theta[i] * (variant.Covariates[i] - reference[i]);
            variance -= 2 * theta[i] * variant.WithValue[i];
            for (var j = 0; j < theta.Length; j++)
            {
                variance += theta[i] * variant.Within[i, j] * theta[j];
            }
        }

        return variant.Values.Units == 0 ? variant.Values : new SampleSummary(variant.Values.Units, mean, Math.Max(0, variance));
    }

    /// <summary>Elimination in the order of the covariates, of which those that the earlier ones determine get no slope.</summary>
    private static double[]? Solve(double[,] within, double[] products)
    {
        var count = products.Length;
        var (left, right) = ((double[,])within.Clone(), (double[])products.Clone());
        var used = new bool[count];
        for (var pivot = 0; pivot < count; pivot++)
        {
            used[pivot] = within[pivot, pivot] > 0 && left[pivot, pivot] > LeastPivot * within[pivot, pivot];
            for (var row = pivot + 1; used[pivot] && row < count; row++)
            {
                var factor = left[row, pivot] / left[pivot, pivot];
                right[row] -= factor * right[pivot];
                for (var column = pivot; column < count; column++)
                {
                    left[row, column] -= factor * left[pivot, column];
                }
            }
        }

        var theta = new double[count];
        for (var pivot = count - 1; pivot >= 0; pivot--)
        {
            if (!used[pivot])
            {
                continue;
            }

            var rest = right[pivot];
            for (var column = pivot + 1; column < count; column++)
            {
                rest -= left[pivot, column] * theta[column];
            }

            theta[pivot] = rest / left[pivot, pivot];
        }

        return used.Any(isUsed => isUsed) && theta.All(double.IsFinite) ? theta : null;
    }
}
