namespace Splitstream.Stats.Multiplicity;

/// <summary>Adjusted p-values: each can be compared with the overall alpha.</summary>
public static class PValueAdjustment
{
    /// <summary>Adjusts all p-values of one family, in the order given; results are in [0, 1] and keep the order of the p-values.</summary>
    /// <param name="method">The correction.</param>
    /// <param name="p">Each in [0, 1]; an empty list gives an empty list.</param>
    /// <exception cref="ArgumentOutOfRangeException">A p-value lies outside [0, 1].</exception>
    /// <remarks>
    /// The k-th smallest of m: bonferroni m p; holm the running maximum of (m-k+1) p from the smallest; bh the running minimum of m p/k
    /// from the largest; by the same times 1 + 1/2 + ... + 1/m.
    /// </remarks>
    public static double[] Adjust(AdjustmentMethod method, IReadOnlyList<double> p)
    {
        ArgumentNullException.ThrowIfNull(p);
        foreach (var value in p)
        {
            if (!(value >= 0 && value <= 1))
                throw new ArgumentOutOfRangeException(nameof(p), value, "Every p-value must lie in [0, 1].");
        }

        var m = p.Count;
        var order = Enumerable.Range(0, m).OrderBy(i => p[i]).ToArray();
        var result = new double[m];
        switch (method)
        {
            case AdjustmentMethod.Bonferroni:
                for (var i = 0; i < m; i++)
                    result[i] = Math.Min(1, m * p[i]);
                break;
            case AdjustmentMethod.Holm:
                var highest = 0.0;
                for (var k = 0; k < m; k++)
                {
                    highest = Math.Max(highest, (m - k) * p[order[k]]);
                    result[order[k]] = Math.Min(1, highest);
                }

                break;
            case AdjustmentMethod.BenjaminiHochberg:
                StepUp(p, order, 1, result);
                break;
            case AdjustmentMethod.BenjaminiYekutieli:
                var harmonic = 0.0;
                for (var k = m; k >= 1; k--)
                    harmonic += 1.0 / k;
                StepUp(p, order, harmonic, result);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(method), method, "Unknown method.");
        }

        return result;
    }

    private static void StepUp(IReadOnlyList<double> p, int[] order, double factor, double[] result)
    {
        var lowest = 1.0;
        for (var k = order.Length; k >= 1; k--)
        {
            lowest = Math.Min(lowest, factor * order.Length * p[order[k - 1]] / k);
            result[order[k - 1]] = lowest;
        }
    }
}
