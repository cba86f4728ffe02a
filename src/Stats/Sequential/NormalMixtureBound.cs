using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>Two-sided normal mixture boundary of a sub-Gaussian process.</summary>
/// <remarks>Howard, Ramdas, McAuliffe and Sekhon 2021, eq. 14, with the tuning of their proposition 3.</remarks>
public static class NormalMixtureBound
{
    /// <summary>sqrt((v + rho) (ln(1 + v/rho) + 2 ln(1/alpha))), rho = v_opt / (2 ln(1/alpha_opt) + ln(1 + 2 ln(1/alpha_opt))).</summary>
    /// <param name="time">v, intrinsic time, at least 0.</param>
    /// <param name="optimalTime">v_opt at which the boundary is lowest, above 0.</param>
    /// <param name="alpha">Two-sided crossing probability, in (0, 1).</param>
    /// <param name="optimalAlpha">The alpha for which the tuning is made, in (0, 1).</param>
    public static double Compute(double time, double optimalTime, double alpha, double optimalAlpha)
    {
        Guard.NotNegative(time);
        Guard.Positive(optimalTime);
        Guard.Probability(alpha);
        Guard.Probability(optimalAlpha);
        var twice = -2 * Elementary.Log(optimalAlpha);
        var rho = optimalTime / (twice + Elementary.Log1p(twice));
        return Math.Sqrt((time + rho) * (Elementary.Log1p(time / rho) - 2 * Elementary.Log(alpha)));
    }
}
