namespace Splitstream.Stats.Numerics;

/// <summary>Root of an increasing function on the whole line: Newton steps, guarded by a bracket that only shrinks.</summary>
internal static class MonotoneRoot
{
    /// <summary>Enough for any bracket that doubles from a unit step and then halves to the last bit.</summary>
    private const int MaximumSteps = 400;

    /// <summary>The x at which <paramref name="function"/> is zero; NaN when the function has no value on the way there.</summary>
    /// <param name="function">Value and slope at x. Must increase; the slope may be wrong or zero, the value's sign may not.</param>
    /// <param name="start">Where to begin; any finite number converges, a good one faster.</param>
    /// <param name="scale">Typical distance between start and root; positive. Used while no bracket is known.</param>
    /// <param name="relativeTolerance">Stop after a Newton step below this times max(|x|, scale); near the root Newton has then twice as many digits.</param>
    public static double Solve(Func<double, (double Value, double Slope)> function, double start, double scale, double relativeTolerance = 1e-11)
    {
        var low = double.NegativeInfinity;
        var high = double.PositiveInfinity;
        var x = start;
        var reach = scale;
        for (var i = 0; i < MaximumSteps; i++)
        {
            var (value, slope) = function(x);
            if (value == 0 || double.IsNaN(value))
                return value == 0 ? x : double.NaN;
            if (value < 0)
                low = x;
            else
                high = x;

            var next = slope > 0 ? x - value / slope : double.NaN;
            if (Math.Abs(next - x) <= relativeTolerance * Math.Max(Math.Abs(x), scale))
                return next;
            var inside = next > low && next < high;
            if (double.IsInfinity(low) || double.IsInfinity(high))
            {
                // No bracket yet: walk with doubling reach, or take a shorter Newton step.
                if (!inside || Math.Abs(next - x) > reach)
                    next = value < 0 ? x + reach : x - reach;
                reach *= 2;
            }
            else if (!inside)
            {
                next = low + (high - low) / 2;
            }

            // Where the slope is of no use, halve down to the last bit.
            if (next == x || next == low || next == high)
                return next;
            x = next;
        }

        return x;
    }
}
