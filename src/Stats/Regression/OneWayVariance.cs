using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Regression;

/// <summary>Variation between and within groups: the test of equal means, and how alike the members of a group are.</summary>
public static class OneWayVariance
{
    /// <summary>F test that all groups have the same mean; assumes one variance and independent values.</summary>
    /// <param name="groups">One summary per group; groups without units are left out.</param>
    /// <returns>Inconclusive below two groups, without a degree of freedom inside them, or when nothing varies inside.</returns>
    /// <remarks>Fisher 1925: between and within mean squares, with k - 1 and n - k degrees of freedom.</remarks>
    public static Computed<FTestResult> Test(IReadOnlyList<SampleSummary> groups)
    {
        if (!Squares(groups).TryGet(out var s, out var why))
            return why;
        if (s.Within == 0)
            return new Inconclusive(Inconclusive.ZeroVariance, "Nothing varies inside the groups.");
        return FTestResult.Compute(s.Between / s.DegreesBetween / (s.Within / s.DegreesWithin), s.DegreesBetween, s.DegreesWithin);
    }

    /// <summary>
    /// The intra-class correlation of clusters, as the analysis of variance estimates it, (MSB - MSW) / (MSB + (m - 1) MSW), and the
    /// factor by which it inflates the variance of a mean, 1 + (m - 1) ICC.
    /// </summary>
    /// <param name="clusters">One summary per cluster; those without units are left out. Sizes may differ.</param>
    /// <param name="variants">
    /// The variant of each cluster, so that effects do not count as likeness; cluster means are compared within variants. Null where
    /// there is one.
    /// </param>
    /// <returns>
    /// Inconclusive without two clusters in some variant, without a cluster of two units, or when nothing varies. The correlation may be
    /// negative.
    /// </returns>
    /// <remarks>
    /// Fisher 1925; Donner and Koval 1980 for unequal sizes, m = (n - sum over variants of sum m_i^2 / n_v) / (clusters - variants);
    /// Kish 1965 for the design effect, with the mean size.
    /// </remarks>
    public static Computed<IntraclassCorrelation> Correlation(IReadOnlyList<SampleSummary> clusters, IReadOnlyList<int>? variants = null)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        if (variants is not null && variants.Count != clusters.Count)
            throw new ArgumentException("One variant per cluster.", nameof(variants));
        double between = 0, within = 0, degreesBetween = 0, degreesWithin = 0, unequal = 0, units = 0, count = 0;
        foreach (var variant in Enumerable.Range(0, clusters.Count).Where(i => clusters[i].Units > 0).GroupBy(i => variants?[i] ?? 0))
        {
            var members = variant.Select(i => clusters[i]).ToArray();
            double total = members.Sum(m => m.Units);
            var mean = members.Sum(m => m.Units * m.Mean) / total;
            between += members.Sum(m => m.Units * (m.Mean - mean) * (m.Mean - mean));
            within += members.Sum(m => (m.Units - 1) * m.Variance);
            degreesBetween += members.Length - 1;
            degreesWithin += total - members.Length;
            unequal += members.Sum(m => (double)m.Units * m.Units) / total;
            units += total;
            count += members.Length;
        }

        if (units == 0)
            return new Inconclusive(Inconclusive.NoUnits, "No cluster has a unit.");
        if (degreesBetween < 1 || degreesWithin < 1)
            return new Inconclusive(Inconclusive.TooFewUnits, "Two clusters of one variant are needed, and a cluster of two units.");
        var size = (units - unequal) / degreesBetween;
        var (meanBetween, meanWithin) = (between / degreesBetween, within / degreesWithin);
        var spread = meanBetween + (size - 1) * meanWithin;
        if (!(spread > 0))
            return new Inconclusive(Inconclusive.ZeroVariance, "Every value is the same.");
        var correlation = (meanBetween - meanWithin) / spread;
        if (!double.IsFinite(correlation))
            return new Inconclusive(Inconclusive.Overflow, "The mean squares are outside the range of a double.");
        return new IntraclassCorrelation(correlation, 1 + (units / count - 1) * correlation);
    }

    private static Computed<SumsOfSquares> Squares(IReadOnlyList<SampleSummary> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        var members = groups.Where(g => g.Units > 0).ToArray();
        if (members.Length < 2)
            return new Inconclusive(
                members.Length == 0 ? Inconclusive.NoUnits : Inconclusive.TooFewVariants, "Two groups with units are needed.");
        double units = members.Sum(g => g.Units);
        if (units <= members.Length)
            return new Inconclusive(Inconclusive.TooFewUnits, "Some group needs two units.");
        var mean = members.Sum(g => g.Units * g.Mean) / units;
        return new SumsOfSquares(
            members.Sum(g => g.Units * (g.Mean - mean) * (g.Mean - mean)),
            members.Sum(g => (g.Units - 1) * g.Variance),
            members.Length - 1,
            units - members.Length);
    }

    private readonly record struct SumsOfSquares(double Between, double Within, double DegreesBetween, double DegreesWithin);
}
