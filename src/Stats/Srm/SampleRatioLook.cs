namespace Splitstream.Stats.Srm;

/// <summary>One look at a sequential test of sample ratio mismatch.</summary>
/// <param name="LogBayesFactor">Natural logarithm of the evidence against the planned shares, from all units so far.</param>
/// <param name="P">Running p-value over this look and all before it, in [0, 1].</param>
public sealed record SampleRatioLook(double LogBayesFactor, double P);
