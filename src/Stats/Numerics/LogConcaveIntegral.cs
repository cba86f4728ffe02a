namespace Splitstream.Stats.Numerics;

/// <summary>Integral over the whole line of exp(f), f smooth and concave: the trapezoidal rule, which converges geometrically there.</summary>
/// <remarks>
/// Trefethen and Weideman 2014, "The exponentially convergent trapezoidal rule", theorem 5.1. For a bell of standard deviation s and
/// step h the relative error is about 2 exp(-2 (pi s/h)^2): with h = s/2 far below the last bit.
/// </remarks>
internal static class LogConcaveIntegral
{
    /// <summary>Terms below exp(-44) of the largest do not reach the sum.</summary>
    private const double Negligible = 44;

    private const int MaximumNodes = 200_000;

    /// <summary>In standard deviations of the bell that has the integrand's curvature at the peak.</summary>
    private const double UsualStep = 0.4;

    /// <summary>Square of the longest step taken, in the same units; up to here the rule errs by less than 1e-20.</summary>
    private const double LargestBend = 0.36;

    /// <summary>Step of the substituted integral: fine enough for features of width one some twenty away from the centre.</summary>
    private const double SubstitutedStep = 1.0 / 40;

    /// <summary>Natural logarithm of the integral; -infinity where the integrand vanishes, NaN where it takes too many nodes.</summary>
    /// <param name="logIntegrand">f. May be -infinity far out.</param>
    /// <param name="start">A point from which the peak can be climbed; f must be finite there.</param>
    /// <param name="step">Distance of nodes; shortened where the integrand bends more strongly at its peak than this resolves.</param>
    public static double Log(Func<double, double> logIntegrand, double start, double step)
    {
        var peak = Climb(logIntegrand, start, step, out var top);
        if (double.IsNegativeInfinity(top))
            return double.NegativeInfinity;

        // A product of opposed tails is far narrower than either of its factors. Too long a step does not even find the peak.
        while (Bend(logIntegrand(peak - step), top, logIntegrand(peak + step)) is var bend && bend > LargestBend)
        {
            step *= Math.Max(UsualStep / Math.Sqrt(bend), 1.0 / 16);
            peak = Climb(logIntegrand, peak, step, out top);
        }

        var sum = 1 + Side(logIntegrand, peak, step, top) + Side(logIntegrand, peak, -step, top);
        return top + Elementary.Log(sum * step);
    }

    /// <summary>
    /// The same for an integrand with slow exponential tails, by the substitution u = centre + sinh(s), in which they fall doubly
    /// exponentially (Takahasi and Mori 1974). It may have two humps.
    /// </summary>
    /// <param name="logIntegrand">f.</param>
    /// <param name="centre">Where f changes fastest.</param>
    /// <param name="slowest">Rate of the slower tail: f falls at least by this per unit far out; above 0.</param>
    public static double LogSubstituted(Func<double, double> logIntegrand, double centre, double slowest)
    {
        // asinh of the distance at which nothing is left, 2 |f| being no more than 2000.
        var reach = Elementary.Log(2000) - Elementary.Log(slowest) + Elementary.Ln2;
        var nodes = (int)Math.Ceiling(reach / SubstitutedStep);
        var logs = new double[2 * nodes + 1];
        var highest = 0;
        for (var k = 0; k < logs.Length; k++)
        {
            logs[k] = Substituted((k - nodes) * SubstitutedStep);
            if (logs[k] > logs[highest])
                highest = k;
        }

        var top = logs[highest];
        if (double.IsNegativeInfinity(top))
            return top;

        // A peak too narrow for the step outweighs everything else: f is concave, and falls from there on at the rate seen at the peak.
        if (highest > 0 && highest + 1 < logs.Length && Bend(logs[highest - 1], top, logs[highest + 1]) > LargestBend)
            return Log(Substituted, (highest - nodes) * SubstitutedStep, SubstitutedStep);
        var sum = 0.0;
        foreach (var log in logs)
            sum += Elementary.Exp(log - top);
        return top + Elementary.Log(sum * SubstitutedStep);

        double Substituted(double s)
        {
            var (up, down) = (Elementary.Exp(s), Elementary.Exp(-s));
            return logIntegrand(centre + (up - down) / 2) + Elementary.Log((up + down) / 2);
        }
    }

    /// <summary>Minus the second difference at the peak; never negative, as f is concave.</summary>
    private static double Bend(double left, double top, double right) => (top - left) + (top - right);

    private static double Side(Func<double, double> f, double peak, double step, double top)
    {
        var sum = 0.0;
        for (var k = 1; k < MaximumNodes; k++)
        {
            var fall = f(peak + k * step) - top;
            if (fall <= -Negligible)
                return sum;
            sum += Elementary.Exp(fall);
        }

        // Not even this many nodes reached the end: the step does not suit the integrand.
        return double.NaN;
    }

    /// <summary>A point within a few steps of the maximum: doubling strides while they help, then halving ones.</summary>
    private static double Climb(Func<double, double> f, double start, double step, out double top)
    {
        var x = start;
        top = f(x);
        var stride = 4 * step;
        if (f(x - stride) > top)
            stride = -stride;
        while (true)
        {
            var value = f(x + stride);
            if (!(value > top))
                break;
            x += stride;
            top = value;
            stride *= 2;
        }

        while (Math.Abs(stride) > 2 * step)
        {
            stride /= 2;
            if (f(x + stride) is var right && right > top)
                (x, top) = (x + stride, right);
            else if (f(x - stride) is var left && left > top)
                (x, top) = (x - stride, left);
        }

        return x;
    }
}
