namespace Splitstream.Stats.Samples;

/// <summary>Number, mean and variance of one value per unit: all that tests and posteriors of a mean need.</summary>
/// <param name="Units">Number of units, at least 0.</param>
/// <param name="Mean">Arithmetic mean, finite; 0 without units.</param>
/// <param name="Variance">Sample variance (divisor n - 1), finite, at least 0; 0 below two units, where none exists.</param>
public sealed record SampleSummary(long Units, double Mean, double Variance)
{
    /// <summary>The summary of a variant without units.</summary>
    public static SampleSummary Empty { get; } = new(0, 0, 0);

    /// <summary>Variance of the mean, s^2/n; 0 without units.</summary>
    public double VarianceOfMean => Units > 0 ? Variance / Units : 0;

    /// <summary>From sums as PostgreSQL writes numerics; see <see cref="ExactSums.Summarise"/>.</summary>
    public static Computed<SampleSummary> FromSums(long units, string sum, string sumSquares) =>
        ExactSums.Parse(units, sum, sumSquares).Summarise();

    /// <summary>From a standard deviation (divisor n - 1), finite and at least 0.</summary>
    /// <returns>Inconclusive when its square is too large for a double, or too small for one with all its digits.</returns>
    public static Computed<SampleSummary> FromDeviation(long units, double mean, double standardDeviation)
    {
        Guard.AtLeast(units, 0);
        Guard.Finite(mean);
        Guard.NotNegative(standardDeviation);
        var variance = standardDeviation * standardDeviation;
        return standardDeviation == 0 || (double.IsNormal(variance) && double.IsFinite(variance))
            ? new SampleSummary(units, mean, variance)
            : new Inconclusive(Inconclusive.Overflow, "The variance is outside the range of a double.");
    }

    /// <summary>From one value per unit. The mean is subtracted first, with the errors of the subtraction taken along.</summary>
    /// <param name="values">Finite values.</param>
    /// <returns>Inconclusive without units, or when the mean or variance is beyond the range of a double.</returns>
    public static Computed<SampleSummary> FromValues(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0)
            return new Inconclusive(Inconclusive.NoUnits, "There are no units to summarise.");
        foreach (var value in values)
            Guard.Finite(value, nameof(values));
        var (mean, deviations) = Deviations.From(values);
        var variance = Deviations.SumOfProducts(deviations, deviations) / Math.Max(1, values.Count - 1);
        if (!double.IsFinite(mean) || !double.IsFinite(variance))
            return new Inconclusive(Inconclusive.Overflow, "The mean or variance is too large for a double.");
        return new SampleSummary(values.Count, mean, variance);
    }
}
