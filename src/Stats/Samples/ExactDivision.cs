using System.Numerics;

namespace Splitstream.Stats.Samples;

/// <summary>Quotient of two integers of any size as the nearest double, ties to even: the one rounding of an exact computation.</summary>
internal static class ExactDivision
{
    private const int DoubleBits = 53;
    private const int SmallestExponent = -1074;

    /// <summary>numerator / denominator, denominator above 0. Infinite beyond the range of doubles.</summary>
    public static double ToDouble(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.Sign <= 0)
            throw new ArgumentOutOfRangeException(nameof(denominator), "Must be above zero.");
        if (numerator.IsZero)
            return 0;
        var magnitude = BigInteger.Abs(numerator);

        // A quotient of 66 or 67 bits and a flag for what was left: enough to round 53 bits correctly.
        var shift = 66 - (int)(magnitude.GetBitLength() - denominator.GetBitLength());
        var quotient = shift >= 0
            ? BigInteger.DivRem(magnitude << shift, denominator, out var remainder)
            : BigInteger.DivRem(magnitude, denominator << -shift, out remainder);
        var drop = Math.Max((int)quotient.GetBitLength() - DoubleBits, SmallestExponent + shift);
        var kept = quotient >> drop;
        var dropped = quotient - (kept << drop);
        var half = BigInteger.One << (drop - 1);
        var side = dropped.CompareTo(half);
        if (side > 0 || (side == 0 && (!remainder.IsZero || !kept.IsEven)))
            kept += 1;
        var result = Math.ScaleB((double)(ulong)kept, drop - shift);
        return numerator.Sign < 0 ? -result : result;
    }
}
