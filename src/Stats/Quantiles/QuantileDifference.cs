using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Quantiles;

/// <summary>Two-sided z test of the difference of two quantiles of independent variants, treatment minus control.</summary>
/// <remarks>Deng, Knoblich and Lu 2018, section 4. Variants are independent, so the variances of their quantiles add up.</remarks>
public static class QuantileDifference
{
    /// <summary>Compares one epoch's variants; level in (0, 1).</summary>
    /// <returns>Inconclusive when a figure is not finite.</returns>
    /// <exception cref="ArgumentException">The two are not the same quantile.</exception>
    public static Computed<QuantileDifferenceResult> Compute(QuantileEstimate control, QuantileEstimate treatment, double level = 0.95) =>
        Stratified([new EpochQuantiles(control, treatment)], level);

    /// <summary>
    /// Compares within every epoch and combines the differences with the weights of <see cref="EpochWeights"/>, by units. An epoch whose
    /// quantiles are inconclusive cannot take part, which the caller decides before.
    /// </summary>
    /// <returns>Inconclusive without epochs, or when a figure is not finite.</returns>
    /// <exception cref="ArgumentException">Quantiles of an epoch, or of two epochs, are not the same.</exception>
    public static Computed<QuantileDifferenceResult> Stratified(IReadOnlyList<EpochQuantiles> epochs, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(epochs);
        Guard.Probability(level);
        if (epochs.Count == 0)
            return new Inconclusive(Inconclusive.NoUnits, "There are no epochs with units.");
        foreach (var epoch in epochs)
        {
            ArgumentNullException.ThrowIfNull(epoch);
            ArgumentNullException.ThrowIfNull(epoch.Control, nameof(epochs));
            ArgumentNullException.ThrowIfNull(epoch.Treatment, nameof(epochs));
            if (epoch.Control.Quantile != epochs[0].Control.Quantile || epoch.Treatment.Quantile != epochs[0].Control.Quantile)
                throw new ArgumentException("All must be the same quantile.", nameof(epochs));
        }

        var weights = EpochWeights.Compute(
            epochs.Select(e => (IReadOnlyList<long>)[e.Control.Units, e.Treatment.Units]).ToArray());
        double controlValue = 0, treatmentValue = 0, effect = 0, controlVariance = 0, treatmentVariance = 0;
        for (var e = 0; e < epochs.Count; e++)
        {
            var (w, control, treatment) = (weights[e], epochs[e].Control, epochs[e].Treatment);
            controlValue += w * control.Value;
            treatmentValue += w * treatment.Value;
            effect += w * (treatment.Value - control.Value);
            controlVariance += w * control.StandardError * (w * control.StandardError);
            treatmentVariance += w * treatment.StandardError * (w * treatment.StandardError);
        }

        var error = Math.Sqrt(controlVariance + treatmentVariance);
        var z = effect / error;
        var half = NormalDistribution.Quantile((1 - level) / 2, Tail.Upper) * error;
        if (!(error > 0) || !double.IsFinite(z) || !double.IsFinite(half) || !double.IsFinite(effect))
            return new Inconclusive(Inconclusive.Overflow, "The quantiles or their errors are outside the range of a double.");
        return new QuantileDifferenceResult(
            controlValue,
            treatmentValue,
            effect,
            error,
            z,
            Math.Min(1, 2 * NormalDistribution.Cdf(Math.Abs(z), Tail.Upper)),
            new ConfidenceInterval(effect - half, effect + half, level),
            RelativeLift.Compute(controlValue, controlVariance, treatmentValue, treatmentVariance, level));
    }
}
