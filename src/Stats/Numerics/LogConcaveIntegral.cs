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

    private const int MaximumNodes = 2_000_000;

    /// <summary>Natural logarithm of the integral; -infinity where the integrand vanishes.</summary>
    /// <param name="logIntegrand">f. May be -infinity far out.</param>
    /// <param name="start">A point from which the peak can be climbed; f must be finite there.</param>
    /// <param name="step">Distance of nodes; at most half the narrowest feature of the integrand.</param>
    public static double Log(Func<double, double> logIntegrand, double start, double step)
    {
        var peak = Climb(logIntegrand, start, step, out var top);
        if (double.IsNegativeInfinity(top))
            return double.NegativeInfinity;
        var sum = 1 + Side(logIntegrand, peak, step, top) + Side(logIntegrand, peak, -step, top);
        return top + Elementary.Log(sum * step);
    }

    private static double Side(Func<double, double> f, double peak, double step, double top)
    {
        var sum = 0.0;
        for (var k = 1; k < MaximumNodes; k++)
        {
            var fall = f(peak + k * step) - top;
            if (!(fall > -Negligible))
                break;
            sum += Elementary.Exp(fall);
        }

        return sum;
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
