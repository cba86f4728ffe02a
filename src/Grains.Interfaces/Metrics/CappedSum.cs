using System.Text.Json.Serialization;

namespace Splitstream.Grains.Interfaces.Metrics;

/// <summary>Sums with every unit's value, and its covariate, bounded by a percentile of the pooled variants.</summary>
/// <param name="Cap">The percentile over the matured units of all variants and epochs that have a value; the same for the whole and the matured part.</param>
/// <param name="Products">With a covariate; null without.</param>
public sealed record CappedSum(
    string Cap,
    string Sum,
    string SumSquares,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MetricProducts? Products = null);
