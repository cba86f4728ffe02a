using Splitstream.Stats.Samples;

namespace Splitstream.Stats.QuasiExperiments;

/// <summary>Errors for units that are not independent within clusters, such as visitors of one shop.</summary>
/// <remarks>Liang and Zeger 1986; Cameron and Miller 2015 (Journal of Human Resources 50), eq. 11 with the factor c (CR1).</remarks>
public static class ClusterRobust
{
    private const int MinimumUnits = 3;

    /// <summary>Rounding leaves this much of a sum that is in truth zero.</summary>
    private const double Noise = 1e-14;

    /// <summary>
    /// Least squares of y on an intercept and the treatment; variance G/(G-1) (N-1)/(N-2) times the sandwich. With one regressor of two
    /// values that is c sum_g (sum over g of w u)^2, u the deviation from the mean of the unit's own variant and w = 1/n_1 for the
    /// treated, -1/n_0 for the others.
    /// </summary>
    /// <param name="values">y, finite, one per unit, at least 3.</param>
    /// <param name="treated">Whether the unit was treated; as many, both values present.</param>
    /// <param name="clusters">Any label of the unit's cluster; as many, at least two different ones.</param>
    /// <returns>Inconclusive below three units, without units of one kind, with a single cluster, or when a figure is not finite.</returns>
    public static Computed<ClusterRobustResult> MeanDifference(
        IReadOnlyList<double> values, IReadOnlyList<bool> treated, IReadOnlyList<int> clusters)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(treated);
        ArgumentNullException.ThrowIfNull(clusters);
        if (treated.Count != values.Count || clusters.Count != values.Count)
            throw new ArgumentException("There must be one treatment and one cluster per value.", nameof(values));
        if (values.Count < MinimumUnits)
            return new Inconclusive(Inconclusive.TooFewUnits, $"The error needs {MinimumUnits} units.");
        var indices = Enumerable.Range(0, values.Count).ToLookup(i => treated[i]);
        int[] ones = [.. indices[true]], zeros = [.. indices[false]];
        if (ones.Length == 0 || zeros.Length == 0)
            return new Inconclusive(Inconclusive.NoUnits, "Every unit, or none, was treated.");

        // Both means from one origin, so that a small difference of large values keeps its digits.
        if (!SampleSummary.FromValues(values).TryGet(out var all, out var why))
            return why;
        var origin = all.Mean;
        var scores = new Dictionary<int, (double Sum, double Size)>();
        var effect = Score(ones, 1.0 / ones.Length) - Score(zeros, -1.0 / zeros.Length);
        if (scores.Count < 2)
            return new Inconclusive(Inconclusive.TooFewUnits, "The error needs two clusters.");
        var squares = 0.0;
        foreach (var (sum, size) in scores.Values)
        {
            if (Math.Abs(sum) > Noise * size)
                squares += sum * sum;
        }

        double g = scores.Count, n = values.Count;
        var standardError = Math.Sqrt(g / (g - 1) * ((n - 1) / (n - 2)) * squares);
        return double.IsFinite(effect) && double.IsFinite(standardError)
            ? new ClusterRobustResult(effect, standardError, scores.Count)
            : new Inconclusive(Inconclusive.Overflow, "The effect or its standard error is outside the range of a double.");

        // Adds the weighted deviations of one kind of units to their clusters, and returns that kind's mean from the origin.
        double Score(int[] units, double weight)
        {
            var (mean, deviations) = Deviations.From(units.Select(i => values[i] - origin).ToArray());
            for (var i = 0; i < units.Length; i++)
            {
                var (sum, size) = scores.GetValueOrDefault(clusters[units[i]]);
                var part = weight * deviations[i];
                scores[clusters[units[i]]] = (sum + part, size + Math.Abs(part) + Math.Abs(weight * mean));
            }

            return mean;
        }
    }
}
