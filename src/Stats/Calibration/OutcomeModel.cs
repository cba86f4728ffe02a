using System.Collections.Immutable;

namespace Splitstream.Stats.Calibration;

/// <summary>What one unit's value is, before any effect of a treatment.</summary>
public abstract record OutcomeModel
{
    private protected OutcomeModel()
    {
    }

    /// <summary>Mean of one unit's value.</summary>
    public abstract double Mean { get; }

    /// <summary>Variance of one unit's value, above 0.</summary>
    public abstract double Variance { get; }

    /// <summary>A unit converts with this chance, in (0, 1).</summary>
    public static OutcomeModel Conversion(double rate)
    {
        Guard.Probability(rate);
        return new ConversionModel(rate);
    }

    /// <summary>Normal values. An assumption about every metric that is not a conversion, hence no ground for a certificate.</summary>
    /// <param name="mean">Finite.</param>
    /// <param name="variance">Above 0.</param>
    public static OutcomeModel Normal(double mean, double variance)
    {
        Guard.Finite(mean);
        Guard.Positive(variance);
        return new NormalModel(mean, variance);
    }

    /// <summary>Values drawn with replacement from those of real units.</summary>
    /// <param name="values">At least two, finite, not all the same.</param>
    /// <exception cref="ArgumentException">The values have no variance.</exception>
    public static OutcomeModel Resampled(IEnumerable<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ImmutableArray<double> sorted = [.. values.Order()];
        foreach (var value in sorted)
            Guard.Finite(value, nameof(values));
        if (sorted.Length < 2 || sorted[0] == sorted[^1])
            throw new ArgumentException("Needs two values that differ.", nameof(values));
        return new ResampledModel(sorted);
    }
}

internal sealed record ConversionModel(double Rate) : OutcomeModel
{
    public override double Mean => Rate;

    public override double Variance => Rate * (1 - Rate);
}

internal sealed record NormalModel(double NormalMean, double NormalVariance) : OutcomeModel
{
    public override double Mean => NormalMean;

    public override double Variance => NormalVariance;
}

/// <param name="Sorted">Ascending.</param>
internal sealed record ResampledModel(ImmutableArray<double> Sorted) : OutcomeModel
{
    public override double Mean { get; } = Sorted.Average();

    public override double Variance { get; } = VarianceOf(Sorted);

    private static double VarianceOf(ImmutableArray<double> values)
    {
        var mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / values.Length;
    }
}
