namespace Splitstream.Stats.Frequentist;

/// <summary>A confidence interval: covers the true value in a share <paramref name="Level"/> of repeated experiments, at one look.</summary>
/// <param name="Lower">Lower end, finite.</param>
/// <param name="Upper">Upper end, finite, not below the lower one.</param>
/// <param name="Level">Nominal coverage in (0, 1).</param>
public sealed record ConfidenceInterval(double Lower, double Upper, double Level);
