using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.Frequentist;

/// <summary>Relative lift of independent means by the delta method.</summary>
public static class RelativeLift
{
    /// <summary>lift = (m2 - m1)/m1, se = sqrt(v2/m1^2 + v1 m2^2/m1^4).</summary>
    /// <param name="controlMean">m1.</param>
    /// <param name="controlVariance">v1: variance of that mean (not of one value), at least 0.</param>
    /// <param name="treatmentMean">m2.</param>
    /// <param name="treatmentVariance">v2, at least 0.</param>
    /// <param name="level">Coverage of the interval, in (0, 1).</param>
    /// <returns>Inconclusive when the control's mean is zero, or so small that the lift is not finite.</returns>
    /// <remarks>Deng, Knoblich and Lu 2018, section 3; first order, so it wants a control mean several standard errors from zero.</remarks>
    public static Computed<LiftEstimate> Compute(
        double controlMean, double controlVariance, double treatmentMean, double treatmentVariance, double level)
    {
        Guard.Finite(controlMean);
        Guard.NotNegative(controlVariance);
        Guard.Finite(treatmentMean);
        Guard.NotNegative(treatmentVariance);
        Guard.Probability(level);
        if (controlMean == 0)
            return new Inconclusive(Inconclusive.ZeroControlMean, "The control's mean is zero; there is nothing to be relative to.");
        var lift = (treatmentMean - controlMean) / controlMean;
        var ratio = treatmentMean / controlMean;
        var standardError = Math.Sqrt(treatmentVariance + controlVariance * ratio * ratio) / Math.Abs(controlMean);
        var half = NormalDistribution.Quantile((1 - level) / 2, Tail.Upper) * standardError;
        if (!double.IsFinite(lift) || !double.IsFinite(half))
            return new Inconclusive(Inconclusive.Overflow, "The control's mean is too close to zero.");
        return new LiftEstimate(lift, standardError, new ConfidenceInterval(lift - half, lift + half, level));
    }
}
