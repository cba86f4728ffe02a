using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.Power;

/// <summary>Fixed-horizon sizes and detectable effects of a two-sided test of two variants of any sizes.</summary>
/// <remarks>
/// Fleiss, Levin and Paik 2003, equation 4.19, without continuity correction: <see cref="SampleSize"/> where the sizes are equal. Sizes are
/// those of control and are not rounded; the treatment has <c>ratio</c> times as many units. z_a = z_{1-alpha/2}, z_b = z_power, r = ratio,
/// m = (p1 + r p2) / (1 + r).
/// </remarks>
public static class AllocatedSize
{
    private const int SearchSteps = 2_000;

    /// <summary>n = (z_a sqrt(m (1-m) (1 + 1/r)) + z_b sqrt(p1 (1-p1) + p2 (1-p2) / r))^2 / (p2-p1)^2.</summary>
    /// <param name="controlRate">p1 in (0, 1).</param>
    /// <param name="treatmentRate">p2 in (0, 1), different from p1.</param>
    /// <param name="ratio">Units of the treatment per unit of control, above 0.</param>
    /// <param name="alpha">Two-sided, in (0, 1).</param>
    /// <param name="power">In (0, 1).</param>
    /// <returns>Units of control; inconclusive when that is not a finite number.</returns>
    public static Computed<double> ForProportions(double controlRate, double treatmentRate, double ratio, double alpha, double power)
    {
        Guard.Probability(controlRate);
        Guard.Probability(treatmentRate);
        Guard.Positive(ratio);
        var (zAlpha, zBeta) = Quantiles(alpha, power);
        if (controlRate == treatmentRate)
            throw new ArgumentOutOfRangeException(nameof(treatmentRate), treatmentRate, "The rates must differ.");
        var root = Needed(controlRate, treatmentRate, ratio, zAlpha, zBeta) / (treatmentRate - controlRate);
        return Finite(root * root);
    }

    /// <summary>n = (1 + 1/r) ((z_a + z_b) sd / delta)^2.</summary>
    /// <param name="delta">Finite, not 0.</param>
    /// <param name="standardDeviation">Of one unit's value in both variants, above 0.</param>
    /// <param name="ratio">Units of the treatment per unit of control, above 0.</param>
    /// <param name="alpha">Two-sided, in (0, 1).</param>
    /// <param name="power">In (0, 1).</param>
    /// <returns>Units of control; inconclusive when that is not a finite number.</returns>
    public static Computed<double> ForMeans(double delta, double standardDeviation, double ratio, double alpha, double power)
    {
        Guard.Finite(delta);
        Guard.Positive(standardDeviation);
        Guard.Positive(ratio);
        var (zAlpha, zBeta) = Quantiles(alpha, power);
        if (delta == 0)
            throw new ArgumentOutOfRangeException(nameof(delta), delta, "Must not be zero.");
        var root = (zAlpha + zBeta) * (standardDeviation / delta);
        return Finite((1 + (1 / ratio)) * root * root);
    }

    /// <summary>The smallest lift p2 - p1 above 0 that so many units detect.</summary>
    /// <param name="controlRate">p1 in (0, 1).</param>
    /// <param name="controlUnits">Above 0; need not be whole.</param>
    /// <param name="ratio">Units of the treatment per unit of control, above 0.</param>
    /// <param name="alpha">Two-sided, in (0, 1).</param>
    /// <param name="power">In (0, 1).</param>
    /// <returns>Inconclusive when no treatment rate below 1 is enough.</returns>
    /// <remarks>The first change of sign on a grid, as the size is not monotone near a rate of 1; then bisection.</remarks>
    public static Computed<double> DetectableLift(double controlRate, double controlUnits, double ratio, double alpha, double power)
    {
        Guard.Probability(controlRate);
        Guard.Positive(controlUnits);
        Guard.Positive(ratio);
        var (zAlpha, zBeta) = Quantiles(alpha, power);
        var room = 1 - controlRate;
        var (low, high) = (0.0, 0.0);
        for (var i = 1; i <= SearchSteps && !Detects(high); i++)
            (low, high) = (high, room * i / SearchSteps);
        if (!Detects(high))
            return new Inconclusive(Inconclusive.NoSolution, "No treatment rate below 1 is detected with this power.");
        for (var middle = low + ((high - low) / 2); middle > low && middle < high; middle = low + ((high - low) / 2))
            (low, high) = Detects(middle) ? (low, middle) : (middle, high);
        return high;

        bool Detects(double lift) => lift > 0 && lift * Math.Sqrt(controlUnits)
            >= Math.Abs(Needed(controlRate, Math.Min(1, controlRate + lift), ratio, zAlpha, zBeta));
    }

    /// <summary>The difference of means above 0 that so many units detect: (z_a + z_b) sd sqrt((1 + 1/r) / n).</summary>
    /// <param name="standardDeviation">Of one unit's value in both variants, above 0.</param>
    /// <param name="controlUnits">Above 0; need not be whole.</param>
    /// <param name="ratio">Units of the treatment per unit of control, above 0.</param>
    /// <param name="alpha">Two-sided, in (0, 1).</param>
    /// <param name="power">In (0, 1), above alpha / 2.</param>
    /// <returns>Inconclusive when chance alone has that power, or the difference is not finite.</returns>
    public static Computed<double> DetectableDifference(
        double standardDeviation, double controlUnits, double ratio, double alpha, double power)
    {
        Guard.Positive(standardDeviation);
        Guard.Positive(controlUnits);
        Guard.Positive(ratio);
        var (zAlpha, zBeta) = Quantiles(alpha, power);
        return zAlpha + zBeta > 0
            ? Finite((zAlpha + zBeta) * standardDeviation * Math.Sqrt((1 + (1 / ratio)) / controlUnits))
            : new Inconclusive(Inconclusive.NoSolution, "Chance alone has this power.");
    }

    private static double Needed(double p1, double p2, double ratio, double zAlpha, double zBeta)
    {
        var middle = (p1 + (ratio * p2)) / (1 + ratio);
        return (zAlpha * Math.Sqrt(middle * (1 - middle) * (1 + (1 / ratio)))) + (zBeta * Math.Sqrt((p1 * (1 - p1)) + (p2 * (1 - p2) / ratio)));
    }

    private static (double Alpha, double Beta) Quantiles(double alpha, double power)
    {
        Guard.Probability(alpha);
        Guard.Probability(power);
        return (
            NormalDistribution.Quantile(Math.Max(alpha / 2, double.Epsilon), Tail.Upper),
            NormalDistribution.Quantile(power, Tail.Lower));
    }

    private static Computed<double> Finite(double value) => double.IsFinite(value)
        ? value
        : new Inconclusive(Inconclusive.Overflow, "The answer is outside the range of a double.");
}
