using Splitstream.Stats.Regression;

namespace Splitstream.Stats.QuasiExperiments;

/// <summary>Least squares with weights that are not negative and sum to 1, to the exact optimum.</summary>
/// <remarks>
/// The active-set method of Lawson and Hanson 1974 (chapter 23), with the sum as one more constraint: columns join while the gradient
/// says so, each subproblem is solved by orthogonal columns, and columns whose weight would turn negative leave. It ends at the
/// conditions of Karush, Kuhn and Tucker, which are sufficient here, instead of creeping towards them.
/// </remarks>
internal static class SimplexLeastSquares
{
    /// <summary>By how much the optimality conditions may be missed, relative to the largest squared distance of a column.</summary>
    private const double Tolerance = 1e-13;

    /// <summary>Minimises |sum_j w_j a_j - target|^2 + ridge |w|^2. Where several weights do so, one of them.</summary>
    /// <param name="columns">a_j, at least one, each as long as the target.</param>
    /// <param name="target">What the weighted columns should come close to.</param>
    /// <param name="ridge">At least 0; above 0 the solution is unique.</param>
    /// <returns>The weights, or null when the iteration did not end (never seen).</returns>
    public static double[]? Solve(IReadOnlyList<double[]> columns, double[] target, double ridge)
    {
        // As the weights sum to 1, the objective is |sum w_j d_j|^2 + ridge |w|^2 with d_j = a_j - target.
        var distances = columns.Select(column => column.Zip(target, (a, b) => a - b).ToArray()).ToArray();
        var squares = distances.Select(d => Dot(d, d)).ToArray();
        var slack = Tolerance * (squares.Max() + ridge);
        var weights = new double[columns.Count];
        var first = Array.IndexOf(squares, squares.Min());
        weights[first] = 1;
        var active = new List<int> { first };
        for (var round = 0; round < 20 * columns.Count + 100; round++)
        {
            var (gradient, objective) = Gradient(distances, weights, ridge);
            var best = -1;
            for (var j = 0; j < weights.Length; j++)
            {
                if (!active.Contains(j) && (best < 0 || gradient[j] < gradient[best]))
                    best = j;
            }

            // At the optimum every gradient is at least the weighted mean of them, which is the objective itself.
            if (best < 0 || gradient[best] >= objective - slack)
                return weights;
            active.Add(best);
            if (!Descend(distances, ridge, weights, active))
                return null;
        }

        return null;
    }

    /// <summary>Half the gradient, and the objective.</summary>
    private static (double[] Gradient, double Objective) Gradient(double[][] distances, double[] weights, double ridge)
    {
        var rest = new double[distances[0].Length];
        for (var j = 0; j < weights.Length; j++)
        {
            for (var row = 0; row < rest.Length && weights[j] != 0; row++)
                rest[row] += weights[j] * distances[j][row];
        }

        var gradient = distances.Select((d, j) => Dot(d, rest) + ridge * weights[j]).ToArray();
        return (gradient, Dot(rest, rest) + ridge * Dot(weights, weights));
    }

    /// <summary>To the optimum over the active columns, or to the first ones at which others must leave, until none has to.</summary>
    private static bool Descend(double[][] distances, double ridge, double[] weights, List<int> active)
    {
        while (active.Count > 1)
        {
            var goal = Unconstrained(distances, ridge, weights, active);
            if (goal is null)
                return false;
            var step = 1.0;
            for (var k = 0; k < active.Count; k++)
            {
                var now = weights[active[k]];
                if (goal[k] <= 0)
                    step = Math.Min(step, now / (now - goal[k]));
            }

            // A new column starts at zero: when it does not want to grow, nothing is to be gained.
            for (var k = active.Count - 1; k >= 0; k--)
            {
                var j = active[k];
                weights[j] += step * (goal[k] - weights[j]);
                if (goal[k] <= 0 && weights[j] <= 1e-15)
                {
                    weights[j] = 0;
                    active.RemoveAt(k);
                }
            }

            if (step == 1)
                break;
        }

        var sum = weights.Sum();
        for (var j = 0; j < weights.Length; j++)
            weights[j] /= sum;
        return true;
    }

    /// <summary>Optimal weights of the active columns with sum 1 and any sign; null when they are not determined.</summary>
    private static double[]? Unconstrained(double[][] distances, double ridge, double[] weights, List<int> active)
    {
        // The heaviest column takes what the others leave over: w_r = 1 - sum of the others.
        var reference = active.MaxBy(j => weights[j]);
        var others = active.Where(j => j != reference).ToArray();
        var rows = distances[reference].Length;
        var root = Math.Sqrt(ridge);
        var extra = ridge > 0 ? others.Length + 1 : 0;
        var columns = new double[others.Length][];
        var target = new double[rows + extra];
        for (var row = 0; row < rows; row++)
            target[row] = -distances[reference][row];
        if (extra > 0)
            target[^1] = -root;
        for (var k = 0; k < others.Length; k++)
        {
            columns[k] = new double[rows + extra];
            for (var row = 0; row < rows; row++)
                columns[k][row] = distances[others[k]][row] - distances[reference][row];
            if (extra > 0)
            {
                columns[k][rows + k] = root;
                columns[k][^1] = -root;
            }
        }

        var decomposition = OrthogonalColumns.Decompose(columns, out _);
        if (decomposition is null)
            return null;
        var solved = decomposition.Solve(target);
        var rest = 1 - solved.Sum();
        return active.Select(j => j == reference ? rest : solved[Array.IndexOf(others, j)]).ToArray();
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
