using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Multiplicity;

/// <summary>Control of the false discovery rate from e-values, whatever their dependence and whenever they were looked at.</summary>
/// <remarks>
/// Wang and Ramdas 2022 (JRSS B 84): reject the k largest, k the largest number with k e_(k) / m at least 1/alpha. E-values must be
/// valid at the moment they are read: current values of e-processes, not their running maxima.
/// </remarks>
public static class EBenjaminiHochberg
{
    /// <summary>Which hypotheses are rejected, in the order given.</summary>
    /// <param name="logEValues">Natural logarithms of the e-values; minus infinity for an e-value of zero. Empty gives empty.</param>
    /// <param name="alpha">False discovery rate, in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">A logarithm is NaN or plus infinity, or alpha is out of range.</exception>
    public static bool[] Rejected(IReadOnlyList<double> logEValues, double alpha)
    {
        ArgumentNullException.ThrowIfNull(logEValues);
        Guard.Probability(alpha);
        foreach (var value in logEValues)
        {
            if (!(value < double.PositiveInfinity))
                throw new ArgumentOutOfRangeException(nameof(logEValues), value, "Every logarithm must be a number below infinity.");
        }

        var falling = logEValues.OrderDescending().ToArray();
        var threshold = double.PositiveInfinity;
        for (var k = 1; k <= falling.Length; k++)
        {
            if (falling[k - 1] >= Elementary.Log(falling.Length / alpha / k))
                threshold = falling[k - 1];
        }

        return logEValues.Select(value => value >= threshold).ToArray();
    }
}
