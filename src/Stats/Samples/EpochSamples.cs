namespace Splitstream.Stats.Samples;

/// <summary>Values of control and one treatment among the units of one epoch.</summary>
public sealed record EpochSamples(SampleSummary Control, SampleSummary Treatment);
