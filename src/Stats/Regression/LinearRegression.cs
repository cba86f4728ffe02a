namespace Splitstream.Stats.Regression;

/// <summary>Ordinary least squares with an intercept: what a value is on average, given some covariates.</summary>
/// <remarks>
/// Columns are centred first and the centred ones made orthogonal, so that a large mean costs no digits. Work is rows times columns
/// squared. Weights, instruments and penalties are not offered.
/// </remarks>
public static class LinearRegression
{
    /// <summary>More columns than an analysis of an experiment asks for.</summary>
    public const int MaximumColumns = 512;

    /// <summary>Fits y = b0 + b1 x1 + ... + bk xk by least squares.</summary>
    /// <param name="y">The outcome, one finite number per row.</param>
    /// <param name="columns">x1 to xk, each with one finite number per row; no column of ones. None at all fits the mean.</param>
    /// <returns>
    /// Inconclusive with fewer rows than k + 2 (no degree of freedom would be left), when a column is constant or a combination of the
    /// ones before it, or when values are too large for their squares.
    /// </returns>
    /// <exception cref="ArgumentException">A value is not finite, a column has another length, or there are too many columns.</exception>
    /// <remarks>Gauss 1809; Frisch and Waugh 1933 for centring.</remarks>
    public static Computed<RegressionFit> Fit(IReadOnlyList<double> y, IReadOnlyList<IReadOnlyList<double>> columns)
    {
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(columns);
        if (columns.Count > MaximumColumns)
            throw new ArgumentException($"At most {MaximumColumns} columns, not {columns.Count}.", nameof(columns));
        var outcome = Copy(y, y.Count, nameof(y));
        var centred = columns.Select(column => Copy(column, y.Count, nameof(columns))).ToArray();
        if (y.Count < columns.Count + 2)
            return new Inconclusive(
                Inconclusive.TooFewUnits, $"{columns.Count} columns need at least {columns.Count + 2} rows, not {y.Count}.");
        var scale = Math.Max(Largest(outcome), centred.Length == 0 ? 0 : centred.Max(Largest));
        if (scale > 1e140)
            return new Inconclusive(Inconclusive.Overflow, "Values beyond 1e140 have no squares to compute with.");

        var meanOutcome = Centre(outcome);
        var means = new double[centred.Length];
        for (var j = 0; j < centred.Length; j++)
        {
            var before = Largest(centred[j]);
            means[j] = Centre(centred[j]);
            if (Largest(centred[j]) <= before * 1e-13)
                return Deficient(j);
        }

        var decomposition = OrthogonalColumns.Decompose(centred, out var dependent);
        if (decomposition is null)
            return Deficient(dependent);
        var fit = new RegressionFit(decomposition, outcome, meanOutcome, centred, means);
        return fit.Coefficients.All(double.IsFinite) && double.IsFinite(fit.SumOfSquares)
            ? fit
            : new Inconclusive(Inconclusive.Overflow, "The coefficients are outside the range of a double.");
    }

    private static Inconclusive Deficient(int column) => new(
        Inconclusive.RankDeficient, $"Column {column + 1} is constant or a linear combination of the columns before it.");

    private static double[] Copy(IReadOnlyList<double> column, int rows, string name)
    {
        ArgumentNullException.ThrowIfNull(column, name);
        if (column.Count != rows)
            throw new ArgumentException($"Every column needs one value per row: {column.Count} values, {rows} rows.", name);
        var result = new double[rows];
        for (var i = 0; i < rows; i++)
        {
            Guard.Finite(column[i], name);
            result[i] = column[i];
        }

        return result;
    }

    /// <summary>Subtracts the mean, in two passes, and returns it.</summary>
    private static double Centre(double[] values)
    {
        var mean = 0.0;
        for (var pass = 0; pass < 2; pass++)
        {
            var sum = 0.0;
            foreach (var value in values)
                sum += value;
            var shift = sum / values.Length;
            mean += shift;
            for (var i = 0; i < values.Length; i++)
                values[i] -= shift;
        }

        return mean;
    }

    private static double Largest(double[] values)
    {
        var largest = 0.0;
        foreach (var value in values)
            largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }
}
