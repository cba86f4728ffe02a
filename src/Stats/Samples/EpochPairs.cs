namespace Splitstream.Stats.Samples;

/// <summary>Pairs of control and one treatment among the units of one epoch. Null for a variant without units.</summary>
public sealed record EpochPairs(PairedSummary? Control, PairedSummary? Treatment);
