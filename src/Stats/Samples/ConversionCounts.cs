namespace Splitstream.Stats.Samples;

/// <summary>Units of a variant and how many of them converted.</summary>
/// <param name="Units">Number of units, at least 0.</param>
/// <param name="Conversions">Number of units that converted, 0 to <paramref name="Units"/>.</param>
public sealed record ConversionCounts(long Units, long Conversions)
{
    /// <summary>Units that did not convert.</summary>
    public long Failures => Units - Conversions;

    /// <summary>Share of units that converted, in [0, 1]; 0 without units.</summary>
    public double Rate => Units > 0 ? (double)Conversions / Units : 0;

    /// <summary>Share of units that did not convert, computed by itself; 0 without units.</summary>
    public double FailureRate => Units > 0 ? (double)Failures / Units : 0;

    /// <summary>Binomial variance of the rate, p (1-p) / n; 0 without units.</summary>
    public double VarianceOfRate => Units > 0 ? Rate * FailureRate / Units : 0;

    /// <summary>The other rate minus this one, from exact products: right also where the rates agree in 15 digits.</summary>
    internal double RateDifference(ConversionCounts other)
    {
        var cross = (Int128)other.Conversions * Units - (Int128)Conversions * other.Units;
        return (double)cross / Units / other.Units;
    }

    /// <summary>Requires 0 &lt;= conversions &lt;= units, which every computation here takes for granted.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The counts contradict each other.</exception>
    internal void Check()
    {
        Guard.AtLeast(Conversions, 0);
        Guard.AtLeast(Failures, 0);
    }
}
