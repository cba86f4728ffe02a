namespace Splitstream.Stats.Samples;

/// <summary>Number, means, variances and covariance of two values per unit: all that CUPED and ratio metrics need.</summary>
/// <param name="Units">Number of units, at least 1.</param>
/// <param name="MeanX">Mean of x: the covariate, or the denominator.</param>
/// <param name="MeanY">Mean of y: the metric, or the numerator.</param>
/// <param name="VarianceX">Sample variance of x (divisor n - 1), at least 0; 0 for one unit, where none exists.</param>
/// <param name="VarianceY">Sample variance of y.</param>
/// <param name="Covariance">Sample covariance of x and y (divisor n - 1).</param>
/// <param name="ResidualVariance">
/// Sample variance (divisor n - 1) of what the best straight line in x leaves of y; the variance of y when x is constant. Stands
/// beside the others because s_y^2 - s_xy^2/s_x^2 loses every digit when x explains y well.
/// </param>
public sealed record PairedSummary(
    long Units, double MeanX, double MeanY, double VarianceX, double VarianceY, double Covariance, double ResidualVariance)
{
    /// <summary>Slope of the best straight line, cov(x, y)/var(x); 0 when x is constant, where there is none.</summary>
    public double Slope => VarianceX > 0 ? Covariance / VarianceX : 0;

    /// <summary>The metric alone.</summary>
    public SampleSummary Y => new(Units, MeanY, VarianceY);

    /// <summary>The covariate or denominator alone.</summary>
    public SampleSummary X => new(Units, MeanX, VarianceX);

    /// <summary>
    /// Sample variance of y - factor x, as the residual variance plus (factor - slope)^2 var(x): a sum of two terms that cannot cancel.
    /// </summary>
    public double VarianceOfDifference(double factor)
    {
        var off = factor - Slope;
        return ResidualVariance + off * off * VarianceX;
    }

    /// <summary>From one pair per unit. Means are subtracted first, with the errors of the subtraction taken along.</summary>
    /// <param name="x">Finite values.</param>
    /// <param name="y">Finite values, as many.</param>
    /// <returns>Inconclusive without units, or when a figure is beyond the range of a double.</returns>
    public static Computed<PairedSummary> FromValues(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Count != y.Count)
            throw new ArgumentException("There must be as many values of y as of x.", nameof(y));
        if (x.Count == 0)
            return new Inconclusive(Inconclusive.NoUnits, "There are no units to summarise.");
        foreach (var value in x.Concat(y))
            Guard.Finite(value, nameof(x));
        var (meanX, deviationsX) = Deviations.From(x);
        var (meanY, deviationsY) = Deviations.From(y);
        double degrees = Math.Max(1, x.Count - 1);
        var squaresX = Deviations.SumOfProducts(deviationsX, deviationsX);
        var squaresY = Deviations.SumOfProducts(deviationsY, deviationsY);
        var products = Deviations.SumOfProducts(deviationsX, deviationsY);
        var residualSquares = squaresY;
        if (squaresX > 0)
        {
            var slope = products / squaresX;
            var residuals = new double[x.Count];
            for (var i = 0; i < residuals.Length; i++)
                residuals[i] = deviationsY[i] - slope * deviationsX[i];
            residualSquares = Deviations.SumOfProducts(residuals, residuals);
        }

        var summary = new PairedSummary(
            x.Count, meanX, meanY, squaresX / degrees, squaresY / degrees, products / degrees, residualSquares / degrees);
        return summary.IsFinite()
            ? summary
            : new Inconclusive(Inconclusive.Overflow, "A mean, a variance or the covariance is too large for a double.");
    }

    internal bool IsFinite() => double.IsFinite(MeanX) && double.IsFinite(MeanY) && double.IsFinite(VarianceX)
        && double.IsFinite(VarianceY) && double.IsFinite(Covariance) && double.IsFinite(ResidualVariance);
}
