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

    /// <summary>Values are 0 or 1, and are decided on as conversions.</summary>
    internal virtual bool IsConversion => false;

    /// <summary>What simulated values are measured from, so that their squares keep their digits beside a large mean; 0 for conversions.</summary>
    internal double Origin => IsConversion ? 0 : Mean;

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

    /// <summary>
    /// Real units in the order in which their values became known: every run deals the same units to the variants at random, in each look's
    /// newcomers exactly by weight. Arrivals and values are those of the units, so that an experiment's traffic and delay do not count, and
    /// no variant can have an effect.
    /// </summary>
    /// <param name="matureDays">When each value was known, in days since the begin: 0 or more, ascending.</param>
    /// <param name="values">As many, finite, not all the same; 0 or 1 for conversions.</param>
    /// <param name="isConversion">Whether they are decided on as conversions.</param>
    /// <exception cref="ArgumentException">A value is out of its range, or they have no variance.</exception>
    public static OutcomeModel Replayed(ImmutableArray<double> matureDays, ImmutableArray<double> values, bool isConversion)
    {
        if (matureDays.IsDefault || values.IsDefault || matureDays.Length != values.Length)
            throw new ArgumentException("Needs one day for each value.", nameof(matureDays));
        for (var i = 0; i < values.Length; i++)
        {
            Guard.Finite(values[i], nameof(values));
            if (isConversion && values[i] is not (0 or 1))
                throw new ArgumentOutOfRangeException(nameof(values), values[i], "Conversions are 0 or 1.");
            if (!(matureDays[i] >= (i == 0 ? 0 : matureDays[i - 1]) && double.IsFinite(matureDays[i])))
                throw new ArgumentException("Days must ascend from 0 or more.", nameof(matureDays));
        }

        if (values.All(value => value == values[0]))
            throw new ArgumentException("Needs two values that differ.", nameof(values));
        return new ReplayedModel(matureDays, values, isConversion);
    }
}

internal sealed record ConversionModel(double Rate) : OutcomeModel
{
    public override double Mean => Rate;

    public override double Variance => Rate * (1 - Rate);

    internal override bool IsConversion => true;
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

    internal static double VarianceOf(ImmutableArray<double> values)
    {
        var mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / values.Length;
    }
}

/// <param name="Days">Ascending.</param>
internal sealed record ReplayedModel(ImmutableArray<double> Days, ImmutableArray<double> Values, bool AreConversions) : OutcomeModel
{
    public override double Mean { get; } = Values.Average();

    public override double Variance { get; } = ResampledModel.VarianceOf(Values);

    internal override bool IsConversion => AreConversions;

    /// <summary>Units whose value is known by then.</summary>
    public int MatureBy(double days)
    {
        var (low, high) = (0, Days.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Days[middle] <= days ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
