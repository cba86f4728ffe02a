using Splitstream.Stats.Samples;

namespace Splitstream.Stats.VarianceReduction;

/// <summary>Means, variances and covariances of a metric and several covariates over the units of a variant.</summary>
public sealed class CupedSeveralMoments
{
    /// <summary>More covariates than an analysis asks for.</summary>
    public const int MaximumCovariates = 64;

    /// <param name="units">Number of units, at least 2.</param>
    /// <param name="outcome">Mean of the metric.</param>
    /// <param name="variance">Sample variance of the metric, at least 0.</param>
    /// <param name="means">Mean of each covariate.</param>
    /// <param name="covariances">Sample covariance of each covariate with the metric.</param>
    /// <param name="matrix">Sample covariances of the covariates with each other, symmetric, one list per covariate.</param>
    /// <exception cref="ArgumentException">Sizes differ, there is no covariate or too many, or a number is not finite.</exception>
    public CupedSeveralMoments(
        long units,
        double outcome,
        double variance,
        IReadOnlyList<double> means,
        IReadOnlyList<double> covariances,
        IReadOnlyList<IReadOnlyList<double>> matrix)
    {
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(covariances);
        ArgumentNullException.ThrowIfNull(matrix);
        Guard.AtLeast(units, 2);
        Guard.Finite(outcome);
        Guard.NotNegative(variance);
        if (means.Count is 0 or > MaximumCovariates)
            throw new ArgumentException($"Between 1 and {MaximumCovariates} covariates.", nameof(means));
        if (covariances.Count != means.Count || matrix.Count != means.Count || matrix.Any(row => row is null || row.Count != means.Count))
            throw new ArgumentException("Means, covariances and matrix must be of one size.", nameof(matrix));
        foreach (var number in means.Concat(covariances).Concat(matrix.SelectMany(row => row)))
            Guard.Finite(number, nameof(matrix));
        for (var i = 0; i < means.Count; i++)
            Guard.NotNegative(matrix[i][i], nameof(matrix));
        Units = units;
        MeanOutcome = outcome;
        VarianceOutcome = variance;
        Means = [.. means];
        Covariances = [.. covariances];
        Matrix = matrix.Select(row => (IReadOnlyList<double>)[.. row]).ToArray();
    }

    /// <summary>Number of units, at least 2.</summary>
    public long Units { get; }

    /// <summary>Mean of the metric.</summary>
    public double MeanOutcome { get; }

    /// <summary>Sample variance of the metric.</summary>
    public double VarianceOutcome { get; }

    /// <summary>Means of the covariates.</summary>
    public IReadOnlyList<double> Means { get; }

    /// <summary>Sample covariances of covariates and metric.</summary>
    public IReadOnlyList<double> Covariances { get; }

    /// <summary>Sample covariances of the covariates.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Matrix { get; }

    /// <summary>From one row per unit; means are subtracted first.</summary>
    /// <param name="outcome">The metric, finite.</param>
    /// <param name="covariates">Columns known before the unit saw its variant, each as long as the metric, finite.</param>
    /// <returns>Inconclusive below two units, or when a moment is not finite.</returns>
    public static Computed<CupedSeveralMoments> FromRows(IReadOnlyList<double> outcome, IReadOnlyList<IReadOnlyList<double>> covariates)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        ArgumentNullException.ThrowIfNull(covariates);
        if (covariates.Any(column => column is null || column.Count != outcome.Count))
            throw new ArgumentException("Every covariate needs one value per unit.", nameof(covariates));
        if (covariates.Count is 0 or > MaximumCovariates)
            throw new ArgumentException($"Between 1 and {MaximumCovariates} covariates.", nameof(covariates));
        foreach (var value in outcome.Concat(covariates.SelectMany(column => column)))
            Guard.Finite(value, nameof(outcome));
        if (outcome.Count < 2)
            return new Inconclusive(outcome.Count == 0 ? Inconclusive.NoUnits : Inconclusive.TooFewUnits, "A covariance needs two units.");
        var (mean, deviations) = Deviations.From(outcome);
        var columns = covariates.Select(column => Deviations.From(column)).ToArray();
        double degrees = outcome.Count - 1;
        var variance = Deviations.SumOfProducts(deviations, deviations) / degrees;
        var means = columns.Select(column => column.Mean).ToArray();
        var products = columns.Select(column => Deviations.SumOfProducts(column.Deviations, deviations) / degrees).ToArray();
        var matrix = columns.Select(row => (IReadOnlyList<double>)columns
            .Select(column => Deviations.SumOfProducts(row.Deviations, column.Deviations) / degrees).ToArray()).ToArray();
        var finite = double.IsFinite(mean) && double.IsFinite(variance)
            && means.Concat(products).Concat(matrix.SelectMany(row => row)).All(double.IsFinite);
        return finite
            ? new CupedSeveralMoments(outcome.Count, mean, variance, means, products, matrix)
            : new Inconclusive(Inconclusive.Overflow, "A moment is outside the range of a double.");
    }
}
