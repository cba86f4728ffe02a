namespace Splitstream.Stats.Samples;

/// <summary>Conversions of control and one treatment among the units of one epoch.</summary>
public sealed record EpochConversions(ConversionCounts Control, ConversionCounts Treatment);
