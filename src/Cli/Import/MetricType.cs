namespace Splitstream.Cli.Import;

/// <summary>How a column's fields become a unit's value.</summary>
public enum MetricType
{
    /// <summary>1 or 0 per unit: true, 1, yes, t or y against false, 0, no, f or n, in any case.</summary>
    Conversion,

    /// <summary>A finite number per unit.</summary>
    Mean,

    /// <summary>A whole number of events per unit, zero or more.</summary>
    Count,
}
