using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.Power;

/// <summary>Fixed-horizon sizes, powers and detectable effects of two variants of equal size. Sizes are per variant.</summary>
/// <remarks>Fleiss, Levin and Paik 2003, chapter 4, without continuity correction. z_a = z_{1 - alpha/sides}, z_b = z_power.</remarks>
public static class SampleSize
{
    private const int SearchSteps = 2000;

    /// <summary>n = (z_a sqrt(2 m (1-m)) + z_b sqrt(p1 (1-p1) + p2 (1-p2)))^2 / (p2-p1)^2, m = (p1+p2)/2; not rounded.</summary>
    /// <param name="controlRate">p1 in (0, 1).</param>
    /// <param name="treatmentRate">p2 in (0, 1), different from p1.</param>
    /// <param name="alpha">Error rate in (0, 1), over both sides when <paramref name="sides"/> is 2.</param>
    /// <param name="power">In (0, 1).</param>
    /// <param name="sides">1 or 2.</param>
    /// <returns>Inconclusive when the size is not a finite number.</returns>
    public static Computed<double> ForProportions(double controlRate, double treatmentRate, double alpha, double power, int sides)
    {
        Guard.Probability(controlRate);
        Guard.Probability(treatmentRate);
        var (zAlpha, zBeta) = Quantiles(alpha, power, sides);
        if (controlRate == treatmentRate)
            throw new ArgumentOutOfRangeException(nameof(treatmentRate), treatmentRate, "The rates must differ.");
        var root = (zAlpha * NullDeviation(controlRate, treatmentRate) + zBeta * Deviation(controlRate, treatmentRate))
            / (treatmentRate - controlRate);
        return Finite(root * root);
    }

    /// <summary>n = 2 ((z_a + z_b) sd / delta)^2; not rounded.</summary>
    public static Computed<double> ForMeans(double delta, double standardDeviation, double alpha, double power, int sides)
    {
        Guard.Finite(delta);
        Guard.Positive(standardDeviation);
        var (zAlpha, zBeta) = Quantiles(alpha, power, sides);
        if (delta == 0)
            throw new ArgumentOutOfRangeException(nameof(delta), delta, "Must not be zero.");
        var root = (zAlpha + zBeta) * (standardDeviation / delta);
        return Finite(2 * root * root);
    }

    /// <summary>A size as a whole number of units: rounded up.</summary>
    public static double WholeUnits(double size)
    {
        Guard.NotNegative(size);
        return Math.Ceiling(size);
    }

    /// <summary>Power of the two-sided test with n units per variant; results in the wrong direction are ignored.</summary>
    /// <returns>In [0, 1]; NaN for an alpha of which no half exists.</returns>
    /// <remarks>Phi((|p2-p1| sqrt(n) - z_a sqrt(2 m (1-m))) / sqrt(p1 (1-p1) + p2 (1-p2))).</remarks>
    public static double PowerOfProportions(double controlRate, double treatmentRate, long units, double alpha)
    {
        Guard.Probability(controlRate);
        Guard.Probability(treatmentRate);
        Guard.Probability(alpha);
        Guard.AtLeast(units, 1);
        var zAlpha = UpperQuantile(alpha / 2);
        var z = (Math.Abs(treatmentRate - controlRate) * Math.Sqrt(units) - zAlpha * NullDeviation(controlRate, treatmentRate))
            / Deviation(controlRate, treatmentRate);
        return NormalDistribution.Cdf(z, Tail.Lower);
    }

    /// <summary>The smallest lift p2 - p1 above 0 that n units per variant detect with the given power, two-sided.</summary>
    /// <returns>
    /// Inconclusive when no treatment rate below 1 is enough. At a power of alpha/2 no lift is the smallest: the size falls to 0 with
    /// it, and the answer is the smallest lift that needs all n units, if any does.
    /// </returns>
    /// <remarks>
    /// Root of d sqrt(n) = |z_a sqrt(2 m (1-m)) + z_b sqrt(...)|. A grid finds its smallest sign change, as the right side is not
    /// monotone near 1; bisection does the rest.
    /// </remarks>
    public static Computed<double> DetectableLift(double controlRate, long units, double alpha, double power)
    {
        Guard.Probability(controlRate);
        Guard.AtLeast(units, 1);
        var (zAlpha, zBeta) = Quantiles(alpha, power, 2);
        var room = 1 - controlRate;
        var sign = zAlpha + zBeta == 0 ? -1 : 1;
        var low = 0.0;
        for (var i = 1; i <= SearchSteps; i++)
        {
            var high = room * i / SearchSteps;
            if (Surplus(high) >= 0)
                return Bisect(low, high);
            low = high;
        }

        return new Inconclusive(Inconclusive.NoSolution, "No treatment rate below 1 is detected with this power.");

        // Negative below the first root: where the size needed exceeds n, as at a lift of zero it is infinite, or zero at z_a = -z_b.
        double Surplus(double lift)
        {
            var treatment = Math.Min(1, controlRate + lift);
            var needed = zAlpha * NullDeviation(controlRate, treatment) + zBeta * Deviation(controlRate, treatment);
            return sign * (lift * Math.Sqrt(units) - Math.Abs(needed));
        }

        double Bisect(double from, double to)
        {
            while (true)
            {
                var middle = from + (to - from) / 2;
                if (middle <= from || middle >= to)
                    return to;
                if (Surplus(middle) >= 0)
                    to = middle;
                else
                    from = middle;
            }
        }
    }

    private static (double Alpha, double Beta) Quantiles(double alpha, double power, int sides)
    {
        Guard.Probability(alpha);
        Guard.Probability(power);
        if (sides is not (1 or 2))
            throw new ArgumentOutOfRangeException(nameof(sides), sides, "Must be 1 or 2.");
        return (UpperQuantile(alpha / sides), NormalDistribution.Quantile(power, Tail.Lower));
    }

    /// <summary>NaN when half of the smallest double was asked for.</summary>
    private static double UpperQuantile(double p) => p > 0 ? NormalDistribution.Quantile(p, Tail.Upper) : double.NaN;

    private static double NullDeviation(double p1, double p2)
    {
        var middle = (p1 + p2) / 2;
        return Math.Sqrt(2 * middle * (1 - middle));
    }

    private static double Deviation(double p1, double p2) => Math.Sqrt(p1 * (1 - p1) + p2 * (1 - p2));

    private static Computed<double> Finite(double n) => double.IsFinite(n)
        ? n
        : new Inconclusive(Inconclusive.Overflow, "The size is outside the range of a double.");
}
