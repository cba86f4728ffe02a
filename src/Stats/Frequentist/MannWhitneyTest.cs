using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.Frequentist;

/// <summary>Rank test that values of one variant tend to be larger than those of the other; says nothing about means.</summary>
public static class MannWhitneyTest
{
    /// <summary>Two-sided test by the normal approximation, corrected for ties and for continuity.</summary>
    /// <param name="control">Values of the control, finite.</param>
    /// <param name="treatment">Values of the treatment, finite.</param>
    /// <returns>Inconclusive without units in a variant, or when all values are equal.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is not finite.</exception>
    /// <remarks>
    /// Mann and Whitney 1947; variance with ties n m / 12 (N + 1 - sum (t^3 - t) / (N (N - 1))), Lehmann 1975, section 1.4. The
    /// approximation wants about eight units per variant.
    /// </remarks>
    public static Computed<MannWhitneyResult> Compute(IReadOnlyList<double> control, IReadOnlyList<double> treatment)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        if (control.Count == 0 || treatment.Count == 0)
            return new Inconclusive(Inconclusive.NoUnits, "A variant has no units.");
        var values = new (double Value, bool IsControl)[control.Count + treatment.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var value = i < control.Count ? control[i] : treatment[i - control.Count];
            Guard.Finite(value, i < control.Count ? nameof(control) : nameof(treatment));
            values[i] = (value, i < control.Count);
        }

        Array.Sort(values, (a, b) => a.Value.CompareTo(b.Value));
        double ranks = 0, ties = 0, total = values.Length;
        for (var start = 0; start < values.Length;)
        {
            var end = start;
            var ofControl = 0;
            for (; end < values.Length && values[end].Value == values[start].Value; end++)
                ofControl += values[end].IsControl ? 1 : 0;

            // Equal values share the mean of their ranks, start + 1 to end.
            ranks += ofControl * (start + 1 + end) / 2.0;
            double tied = end - start;
            ties += (tied * tied - 1) * tied;
            start = end;
        }

        double n = control.Count, m = treatment.Count;
        var u = ranks - n * (n + 1) / 2;
        var variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)));
        if (!(variance > 0))
            return new Inconclusive(Inconclusive.ZeroVariance, "All values are equal.");
        var z = Math.Max(0, Math.Abs(u - n * m / 2) - 0.5) / Math.Sqrt(variance);
        var p = Math.Min(1, 2 * NormalDistribution.Cdf(z, Tail.Upper));
        return new MannWhitneyResult(u, n * m - u, u < n * m / 2 ? z : -z, p, (n * m - u) / (n * m));
    }
}
