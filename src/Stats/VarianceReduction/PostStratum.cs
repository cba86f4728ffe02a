using Splitstream.Stats.Samples;

namespace Splitstream.Stats.VarianceReduction;

/// <summary>Values of control and treatment among the units of one stratum, such as a platform or a country.</summary>
public sealed record PostStratum(SampleSummary Control, SampleSummary Treatment);
