using System.Collections.Immutable;

namespace Splitstream.Storage.Certificates;

/// <summary>Units of the last days in the order in which they were first seen.</summary>
/// <param name="FirstSeenDays">Since the first of them was seen; ascending.</param>
/// <param name="Values">Of the metric, as if each unit had been exposed when it was first seen.</param>
/// <param name="Days">From the first unit until now.</param>
public sealed record UnitHistory(ImmutableArray<double> FirstSeenDays, ImmutableArray<double> Values, double Days);
