namespace Splitstream.Stats.Regression;

/// <summary>Orthogonal decomposition of a tall matrix by columns, A = Q R, for at most some hundred columns.</summary>
/// <remarks>
/// Gram-Schmidt with every column made orthogonal twice, which is as orthogonal as Householder's reflections (Giraud, Langou and
/// Rozloznik 2005) and yields the rows of Q that sandwich covariances need.
/// </remarks>
internal sealed class OrthogonalColumns
{
    /// <summary>What is left of a column after the others, relative to the column, below which it counts as their combination.</summary>
    public const double DependentBelow = 1e-10;

    private readonly double[][] _q;
    private readonly double[][] _r;

    private OrthogonalColumns(double[][] q, double[][] r)
    {
        _q = q;
        _r = r;
    }

    /// <summary>
    /// Decomposes the columns; null and the index of the first dependent (or zero) column when they do not have full rank.
    /// </summary>
    public static OrthogonalColumns? Decompose(IReadOnlyList<double[]> columns, out int dependent)
    {
        var q = new double[columns.Count][];
        var r = new double[columns.Count][];
        for (var j = 0; j < columns.Count; j++)
        {
            var column = (double[])columns[j].Clone();
            var whole = Norm(column);
            r[j] = new double[j + 1];
            for (var pass = 0; pass < 2; pass++)
            {
                for (var i = 0; i < j; i++)
                {
                    var share = Dot(q[i], column);
                    r[j][i] += share;
                    for (var row = 0; row < column.Length; row++)
                        column[row] -= share * q[i][row];
                }
            }

            var rest = Norm(column);
            if (!(rest > DependentBelow * whole))
            {
                dependent = j;
                return null;
            }

            r[j][j] = rest;
            for (var row = 0; row < column.Length; row++)
                column[row] /= rest;
            q[j] = column;
        }

        dependent = -1;
        return new OrthogonalColumns(q, r);
    }

    /// <summary>Coefficients of the least squares fit of <paramref name="y"/>.</summary>
    public double[] Solve(double[] y)
    {
        var rest = (double[])y.Clone();
        var shares = new double[_q.Length];
        for (var pass = 0; pass < 2; pass++)
        {
            for (var j = 0; j < _q.Length; j++)
            {
                var share = Dot(_q[j], rest);
                shares[j] += share;
                for (var row = 0; row < rest.Length; row++)
                    rest[row] -= share * _q[j][row];
            }
        }

        SolveTriangle(shares);
        return shares;
    }

    /// <summary>
    /// Row <paramref name="row"/> of A (A'A)^-1 = Q R^-T: by how much one more unit of that row's y moves each coefficient.
    /// </summary>
    public void Influence(int row, Span<double> result)
    {
        for (var j = 0; j < _q.Length; j++)
            result[j] = _q[j][row];
        SolveTriangle(result);
    }

    /// <summary>x with R x = right-hand side, in place.</summary>
    private void SolveTriangle(Span<double> x)
    {
        for (var i = _q.Length - 1; i >= 0; i--)
        {
            for (var j = i + 1; j < _q.Length; j++)
                x[i] -= _r[j][i] * x[j];
            x[i] /= _r[i][i];
        }
    }

    private static double Norm(double[] column)
    {
        // Scaled, so that squares neither overflow nor vanish.
        var largest = 0.0;
        foreach (var value in column)
            largest = Math.Max(largest, Math.Abs(value));
        if (largest == 0)
            return 0;
        var sum = 0.0;
        foreach (var value in column)
            sum += value / largest * (value / largest);
        return largest * Math.Sqrt(sum);
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
