namespace Splitstream.Stats.Srm;

/// <summary>Units seen per variant in one epoch and the weights in force, in the same order.</summary>
/// <param name="Observed">Units per variant, each at least 0.</param>
/// <param name="Weights">Weights per variant, each finite and at least 0; only their proportions matter.</param>
public sealed record SampleRatioEpoch(IReadOnlyList<long> Observed, IReadOnlyList<double> Weights);
