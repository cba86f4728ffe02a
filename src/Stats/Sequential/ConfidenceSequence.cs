namespace Splitstream.Stats.Sequential;

/// <summary>One time point of a confidence sequence: the chance that the true value ever lies outside one of them is at most alpha.</summary>
/// <param name="Lower">Lower end, finite.</param>
/// <param name="Upper">Upper end, finite.</param>
/// <param name="Alpha">Time-uniform error rate in (0, 1).</param>
public sealed record ConfidenceSequence(double Lower, double Upper, double Alpha);
