namespace Splitstream.Stats.Srm;

/// <summary>Pearson's chi-square test that observed numbers of units match the planned allocation.</summary>
/// <param name="Statistic">Sum of (O-E)^2/E, at least 0.</param>
/// <param name="DegreesOfFreedom">Variants with a positive weight, minus one; summed over epochs.</param>
/// <param name="P">Upper-tail p-value in [0, 1]; may underflow to 0.</param>
/// <param name="Log10P">Base-10 logarithm of it, which does not underflow; at most 0.</param>
/// <param name="Expected">Expected units per variant, summed over epochs; for display only.</param>
public sealed record SampleRatioResult(
    double Statistic, int DegreesOfFreedom, double P, double Log10P, IReadOnlyList<double> Expected);
