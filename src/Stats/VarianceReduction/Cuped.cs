using Splitstream.Stats.Samples;

namespace Splitstream.Stats.VarianceReduction;

/// <summary>
/// CUPED: the part of a metric y that a covariate x explains is subtracted, y - theta (x - mean x). The covariate must be known before
/// the unit saw its variant; one that the treatment can move biases the effect.
/// </summary>
/// <remarks>
/// Deng, Xu, Kohavi and Walker 2013 (WSDM), section 3.2. Everything is computed from <see cref="PairedSummary"/>, so raw values and
/// stored sums go the same way. Because theta comes from the data, the variance is that for a fixed theta, which is right to first order.
/// </remarks>
public static class Cuped
{
    private const long MinimumUnits = 2;

    /// <summary>theta = cov(x, y)/var(x) over all units of the summary: usually those of every variant pooled, with one mean for all.</summary>
    /// <returns>Inconclusive below two units, when x is constant, or when the quotient is not finite.</returns>
    public static Computed<double> Theta(PairedSummary pooled)
    {
        ArgumentNullException.ThrowIfNull(pooled);
        return Theta([pooled]);
    }

    /// <summary>
    /// theta = sum (n_i - 1) cov_i / sum (n_i - 1) var_i over variants (or variants and epochs): deviations from each one's own mean, so
    /// that an effect of the treatment on y, or a chance imbalance of x, does not enter the slope.
    /// </summary>
    /// <returns>Inconclusive when no summary has two units, when x is constant within each, or when the quotient is not finite.</returns>
    public static Computed<double> Theta(IReadOnlyList<PairedSummary> variants)
    {
        ArgumentNullException.ThrowIfNull(variants);
        double products = 0, squares = 0;
        var enough = false;
        foreach (var variant in variants)
        {
            enough |= variant.Units >= MinimumUnits;
            products += (variant.Units - 1) * variant.Covariance;
            squares += (variant.Units - 1) * variant.VarianceX;
        }

        if (!enough)
            return new Inconclusive(Inconclusive.TooFewUnits, "A covariance needs two units.");
        if (!(squares > 0))
            return new Inconclusive(Inconclusive.ZeroVariance, "The covariate is the same for every unit.");
        var theta = variants.Count == 1 ? variants[0].Slope : products / squares;
        return double.IsFinite(theta) ? theta : new Inconclusive(Inconclusive.Overflow, "Theta is outside the range of a double.");
    }

    /// <summary>Units, mean and variance of y - theta (x - reference) in one variant: what every test and posterior of a mean takes.</summary>
    /// <param name="variant">The variant's pairs.</param>
    /// <param name="theta">Any finite slope; the same for all variants that are compared.</param>
    /// <param name="referenceMean">
    /// Mean of the covariate over all variants that are compared. It shifts every adjusted mean alike, so that they stay near the metric's
    /// own scale; differences do not depend on it.
    /// </param>
    /// <returns>Inconclusive when a figure is not finite.</returns>
    public static Computed<SampleSummary> Adjust(PairedSummary variant, double theta, double referenceMean)
    {
        ArgumentNullException.ThrowIfNull(variant);
        Guard.Finite(theta);
        Guard.Finite(referenceMean);
        var adjusted = new SampleSummary(
            variant.Units, variant.MeanY - theta * (variant.MeanX - referenceMean), variant.VarianceOfDifference(theta));
        return double.IsFinite(adjusted.Mean) && double.IsFinite(adjusted.Variance)
            ? adjusted
            : new Inconclusive(Inconclusive.Overflow, "The adjusted mean or variance is outside the range of a double.");
    }

    /// <summary>How much one covariate explains of a metric within one set of units.</summary>
    /// <returns>Inconclusive below two units, when x or y is constant, or when theta is not finite.</returns>
    public static Computed<CupedResult> Explain(PairedSummary pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (!Theta(pairs).TryGet(out var theta, out var why))
            return why;
        if (!(pairs.VarianceY > 0))
            return new Inconclusive(Inconclusive.ZeroVariance, "The metric is the same for every unit.");

        // Whichever of explained and unexplained is small is taken by itself.
        var unexplained = pairs.ResidualVariance / pairs.VarianceY;
        var correlation = pairs.Covariance / Math.Sqrt(pairs.VarianceX) / Math.Sqrt(pairs.VarianceY);
        var reduction = unexplained < 0.5 ? 1 - unexplained : correlation * correlation;
        return new CupedResult(theta, pairs.VarianceY, pairs.ResidualVariance, reduction);
    }

    /// <summary>
    /// The adjusted difference of two variants from one pair per unit: theta over both pooled, with one mean for both.
    /// </summary>
    /// <param name="controlX">Covariate of control's units, finite.</param>
    /// <param name="controlY">Metric of control's units, as many.</param>
    /// <param name="treatmentX">Covariate of treatment's units, finite.</param>
    /// <param name="treatmentY">Metric of treatment's units, as many.</param>
    /// <returns>Inconclusive below two units in a variant, when the covariate is constant, or when a figure is not finite.</returns>
    public static Computed<CupedDifference> Difference(
        IReadOnlyList<double> controlX, IReadOnlyList<double> controlY, IReadOnlyList<double> treatmentX, IReadOnlyList<double> treatmentY)
    {
        if (!PairedSummary.FromValues([.. controlX, .. treatmentX], [.. controlY, .. treatmentY]).TryGet(out var pooled, out var why))
            return why;

        // A common shift changes no difference, and keeps the digits of one that is small against the values.
        var controlPairs = PairedSummary.FromValues(Shift(controlX, pooled.MeanX), Shift(controlY, pooled.MeanY));
        var treatmentPairs = PairedSummary.FromValues(Shift(treatmentX, pooled.MeanX), Shift(treatmentY, pooled.MeanY));
        if (!controlPairs.TryGet(out var control, out why) || !treatmentPairs.TryGet(out var treatment, out why))
            return why;
        if (control.Units < MinimumUnits || treatment.Units < MinimumUnits)
            return new Inconclusive(Inconclusive.TooFewUnits, "A variance needs two units in each variant.");
        if (!Theta(pooled).TryGet(out var theta, out why)
            || !Adjust(control, theta, 0).TryGet(out var controlAdjusted, out why)
            || !Adjust(treatment, theta, 0).TryGet(out var treatmentAdjusted, out why))
            return why;
        return new CupedDifference(
            theta,
            treatmentAdjusted.Mean - controlAdjusted.Mean,
            Math.Sqrt(controlAdjusted.VarianceOfMean + treatmentAdjusted.VarianceOfMean));
    }

    private static double[] Shift(IReadOnlyList<double> values, double by) => values.Select(v => v - by).ToArray();
}
