namespace Splitstream.Grains.Interfaces.Metrics;

/// <summary>
/// A quantile over the events of one variant and epoch, with what its error needs when the events of a unit hang together. Numbers are exact
/// decimal text. Quantiles are linear between the order statistics around position 1 + (n - 1) q.
/// </summary>
/// <param name="Events">Events with a value.</param>
/// <param name="Units">Units with at least one such event.</param>
/// <param name="Value">The quantile.</param>
/// <param name="EventSquares">Sum over units of the squared number of events.</param>
/// <param name="Below">Events at or below the quantile.</param>
/// <param name="BelowSquares">Sum over units of the square of theirs.</param>
/// <param name="BelowEvents">Sum over units of their events at or below times their events.</param>
/// <param name="Lower">
/// The quantile 1.96 standard errors of the share below further down; null where there is none, as below two units.
/// </param>
/// <param name="Upper">The same further up; null with the other.</param>
public sealed record QuantileSum(
    long Events,
    long Units,
    string Value,
    string EventSquares,
    string Below,
    string BelowSquares,
    string BelowEvents,
    string? Lower,
    string? Upper);
