namespace Splitstream.Stats.Sequential;

/// <summary>Confidence sequence of a bounded mean by betting, at the end of the values.</summary>
/// <param name="Final">The means that the whole sequence does not refute.</param>
/// <param name="Running">The means that no beginning of the sequence refutes: the intersection over all times, never wider.</param>
public sealed record BettingSequenceResult(ConfidenceSequence Final, ConfidenceSequence Running);
