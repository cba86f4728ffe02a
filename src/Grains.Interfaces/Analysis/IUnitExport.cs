using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>Hands out what an analysis stands on, unit by unit, for somebody who wants to compute it again by other means.</summary>
public interface IUnitExport
{
    /// <summary>
    /// Writes CSV (RFC 4180, UTF-8, line feeds): <c>unitId, variant, epoch, firstExposure, excluded</c> and one column for each metric's value,
    /// with <c>:denominator</c> beside it for ratios. Values are exact and as the metric defines them, before a relative cap; empty is missing.
    /// Excluded units have their reasons, separated by spaces, and no values. Rows have no order. It is as of the last aggregation, and
    /// takes the same memory for any number of units. Before the first byte the audit of the experiment says who took it.
    /// </summary>
    /// <param name="begin">Called when the experiment was found and the export is logged; where to write.</param>
    /// <returns>False when there is no such experiment; nothing was written.</returns>
    Task<bool> WriteAsync(string experiment, Actor actor, DateTimeOffset now, Func<Stream> begin, CancellationToken cancellation);
}
