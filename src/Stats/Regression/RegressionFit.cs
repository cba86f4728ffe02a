namespace Splitstream.Stats.Regression;

/// <summary>A least squares fit: coefficients and residuals, with three ways to say how certain the coefficients are.</summary>
public sealed class RegressionFit
{
    private readonly OrthogonalColumns _decomposition;
    private readonly double[] _means;
    private readonly double[] _coefficients;
    private readonly double[] _residuals;

    internal RegressionFit(OrthogonalColumns decomposition, double[] outcome, double meanOutcome, double[][] centred, double[] means)
    {
        _decomposition = decomposition;
        _means = means;
        var slopes = decomposition.Solve(outcome);
        _residuals = outcome;
        for (var j = 0; j < slopes.Length; j++)
        {
            for (var i = 0; i < outcome.Length; i++)
                _residuals[i] -= slopes[j] * centred[j][i];
        }

        var intercept = meanOutcome;
        for (var j = 0; j < slopes.Length; j++)
            intercept -= slopes[j] * means[j];
        _coefficients = [intercept, .. slopes];
    }

    /// <summary>The intercept, then one coefficient per column in order: units of the outcome per unit of the column.</summary>
    public IReadOnlyList<double> Coefficients => _coefficients;

    /// <summary>Outcome minus fitted value, per row.</summary>
    public IReadOnlyList<double> Residuals => _residuals;

    /// <summary>Number of rows.</summary>
    public int Rows => _residuals.Length;

    /// <summary>Rows minus coefficients, at least 1.</summary>
    public int DegreesOfFreedom => Rows - _coefficients.Length;

    /// <summary>Sum of squared residuals, at least 0.</summary>
    public double SumOfSquares => _residuals.Sum(r => r * r);

    /// <summary>Covariance for independent rows of one variance, s^2 (X'X)^-1. Wrong for clusters and for unequal variances.</summary>
    public CoefficientCovariance Classical() => OfRows(_ => 1, SumOfSquares / DegreesOfFreedom);

    /// <summary>Covariance for independent rows of unequal variances: White's sandwich times n/(n-k).</summary>
    /// <remarks>White 1980; HC1 of MacKinnon and White 1985.</remarks>
    public CoefficientCovariance HeteroskedasticityRobust() => OfRows(i => _residuals[i], (double)Rows / DegreesOfFreedom);

    /// <summary>
    /// Covariance for rows that depend on each other inside clusters: the CR1 sandwich, G/(G-1) (N-1)/(N-K) (X'X)^-1 M (X'X)^-1 with
    /// M the sum over clusters of X_g' u_g u_g' X_g. Tests use the t distribution with G - 1 degrees of freedom.
    /// </summary>
    /// <param name="clusters">The cluster of each row; any numbers.</param>
    /// <returns>
    /// Inconclusive below two clusters. Below about 20 clusters the standard errors are too small in truth, which the caller must say.
    /// </returns>
    /// <exception cref="ArgumentException">Not one cluster per row.</exception>
    /// <remarks>Liang and Zeger 1986; Cameron and Miller 2015, equations 11 and 12.</remarks>
    public Computed<CoefficientCovariance> ClusterRobust(IReadOnlyList<int> clusters) => ClusterRobust(clusters, _coefficients.Length);

    /// <summary>As the public one, for <paramref name="parameters"/> estimated coefficients in all, absorbed ones included.</summary>
    internal Computed<CoefficientCovariance> ClusterRobust(IReadOnlyList<int> clusters, int parameters)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        if (clusters.Count != Rows)
            throw new ArgumentException($"One cluster per row: {clusters.Count} clusters, {Rows} rows.", nameof(clusters));
        var scores = new Dictionary<int, double[]>();
        var order = new List<double[]>();
        Span<double> influence = new double[_coefficients.Length];
        for (var i = 0; i < Rows; i++)
        {
            Influence(i, influence);
            if (!scores.TryGetValue(clusters[i], out var score))
            {
                scores.Add(clusters[i], score = new double[_coefficients.Length]);
                order.Add(score);
            }

            for (var j = 0; j < score.Length; j++)
                score[j] += influence[j] * _residuals[i];
        }

        var count = order.Count;
        if (count < 2)
            return new Inconclusive(Inconclusive.TooFewUnits, "A cluster-robust covariance needs at least two clusters.");
        if (parameters >= Rows)
            return new Inconclusive(Inconclusive.TooFewUnits, $"{Rows} rows leave nothing over after {parameters} coefficients.");
        var factor = (double)count / (count - 1) * (Rows - 1) / (Rows - parameters);
        var covariance = new double[_coefficients.Length, _coefficients.Length];
        foreach (var score in order)
            AddOuter(covariance, score);
        return new CoefficientCovariance(_coefficients, Scale(covariance, factor), count - 1);
    }

    /// <summary>factor times the sum over rows of the outer square of weight times influence.</summary>
    private CoefficientCovariance OfRows(Func<int, double> weight, double factor)
    {
        var covariance = new double[_coefficients.Length, _coefficients.Length];
        Span<double> influence = new double[_coefficients.Length];
        for (var i = 0; i < Rows; i++)
        {
            Influence(i, influence);
            var w = weight(i);
            for (var j = 0; j < influence.Length; j++)
                influence[j] *= w;
            AddOuter(covariance, influence);
        }

        return new CoefficientCovariance(_coefficients, Scale(covariance, factor), DegreesOfFreedom);
    }

    /// <summary>(X'X)^-1 x_i, the intercept first: 1/n - means' slopes there, as the columns were centred.</summary>
    private void Influence(int row, Span<double> result)
    {
        _decomposition.Influence(row, result[1..]);
        result[0] = 1.0 / Rows;
        for (var j = 0; j < _means.Length; j++)
            result[0] -= _means[j] * result[j + 1];
    }

    private static void AddOuter(double[,] matrix, ReadOnlySpan<double> vector)
    {
        for (var i = 0; i < vector.Length; i++)
        {
            for (var j = 0; j < vector.Length; j++)
                matrix[i, j] += vector[i] * vector[j];
        }
    }

    private static double[,] Scale(double[,] matrix, double factor)
    {
        for (var i = 0; i < matrix.GetLength(0); i++)
        {
            for (var j = 0; j < matrix.GetLength(1); j++)
                matrix[i, j] *= factor;
        }

        return matrix;
    }
}
