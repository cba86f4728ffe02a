using System.Collections.Immutable;

namespace Splitstream.Storage.Certificates;

/// <summary>Values of a metric over units seen in the last days, as if each had been exposed when it was first seen.</summary>
/// <param name="Units">Number of units behind the figures.</param>
/// <param name="Mean">Of one unit's value.</param>
/// <param name="Variance">Of one unit's value; 0 with fewer than two units.</param>
/// <param name="Values">Of a sample of the units, ascending.</param>
public sealed record MetricHistory(long Units, double Mean, double Variance, ImmutableArray<double> Values);
