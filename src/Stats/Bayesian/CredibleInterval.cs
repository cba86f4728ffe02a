namespace Splitstream.Stats.Bayesian;

/// <summary>A credible interval: holds probability <paramref name="Level"/> of the posterior.</summary>
/// <param name="Lower">Lower end.</param>
/// <param name="Upper">Upper end, not below the lower one.</param>
/// <param name="Level">Posterior mass inside, in (0, 1).</param>
public sealed record CredibleInterval(double Lower, double Upper, double Level);
