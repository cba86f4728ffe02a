namespace Splitstream.Stats.Numerics;

/// <summary>Sums and products with their rounding errors, from plain operations (no fused multiply-add).</summary>
/// <remarks>Knuth 1969 (sum) and Dekker 1971 (product).</remarks>
internal static class Compensated
{
    /// <summary>a + b as a rounded sum and the exact error of that rounding.</summary>
    public static (double Sum, double Error) Add(double a, double b)
    {
        var sum = a + b;
        var part = sum - a;
        return (sum, (a - (sum - part)) + (b - part));
    }

    /// <summary>a b as a rounded product and the exact error of that rounding; factors below 1e300.</summary>
    public static (double Product, double Error) Multiply(double a, double b)
    {
        var product = a * b;
        var (aHigh, aLow) = Split(a);
        var (bHigh, bLow) = Split(b);
        return (product, ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) + aLow * bLow);
    }

    private static (double High, double Low) Split(double x)
    {
        var t = 134217729.0 * x;
        var high = t - (t - x);
        return (high, x - high);
    }
}
