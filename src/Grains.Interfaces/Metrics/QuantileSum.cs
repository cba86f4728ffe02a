namespace Splitstream.Grains.Interfaces.Metrics;

/// <summary>
/// A quantile over the events of one variant and epoch, with what its error needs when the events of a unit hang together. Numbers are exact
/// decimal text; ranks count from 1 in the order of values.
/// </summary>
/// <param name="Events">Events with a value.</param>
/// <param name="Units">Units with at least one such event.</param>
/// <param name="Value">The quantile, linear between the two order statistics around 1 + (n - 1) q.</param>
/// <param name="EventSquares">Sum over units of the squared number of events.</param>
/// <param name="Below">Events at or below the quantile.</param>
/// <param name="BelowSquares">Sum over units of the square of theirs.</param>
/// <param name="BelowEvents">Sum over units of their events at or below times their events.</param>
/// <param name="LowerRank">
/// Rank of the order statistic about two standard errors of the share below the quantile under it; null with the next three below two units.
/// </param>
/// <param name="Lower">The value at that rank.</param>
/// <param name="UpperRank">The same above.</param>
/// <param name="Upper">The value at that rank.</param>
public sealed record QuantileSum(
    long Events,
    long Units,
    string Value,
    string EventSquares,
    string Below,
    string BelowSquares,
    string BelowEvents,
    long? LowerRank,
    string? Lower,
    long? UpperRank,
    string? Upper);
