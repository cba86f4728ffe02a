using Splitstream.Stats.Samples;

namespace Splitstream.Stats.VarianceReduction;

/// <summary>Values moved up to a lower and down to an upper bound.</summary>
/// <param name="Lower">Smallest value that is kept.</param>
/// <param name="Upper">Largest value that is kept.</param>
/// <param name="Summary">Number, mean and variance of all values after clipping.</param>
public sealed record WinsorisedResult(double Lower, double Upper, SampleSummary Summary);
