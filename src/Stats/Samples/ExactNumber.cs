using System.Globalization;
using System.Numerics;

namespace Splitstream.Stats.Samples;

/// <summary>A decimal number of any size without rounding: <paramref name="Unscaled"/> / 10^<paramref name="Scale"/>. What a sum in the database is.</summary>
/// <param name="Unscaled">All digits as an integer.</param>
/// <param name="Scale">Digits behind the decimal point, at least 0.</param>
public readonly record struct ExactNumber(BigInteger Unscaled, int Scale)
{
    /// <summary>PostgreSQL's numeric has at most 131,072 digits before the point and 16,383 after it.</summary>
    public const int MaximumLength = 131072 + 16383 + 2;

    /// <summary>Zero.</summary>
    public static ExactNumber Zero => new(BigInteger.Zero, 0);

    /// <summary>The exact sum.</summary>
    public static ExactNumber operator +(ExactNumber left, ExactNumber right)
    {
        var scale = Math.Max(left.Scale, right.Scale);
        return new ExactNumber(left.AtScale(scale) + right.AtScale(scale), scale);
    }

    /// <summary>The exact difference.</summary>
    public static ExactNumber operator -(ExactNumber left, ExactNumber right) => left + new ExactNumber(-right.Unscaled, right.Scale);

    /// <summary>The exact product.</summary>
    public static ExactNumber operator *(ExactNumber left, ExactNumber right) =>
        new(left.Unscaled * right.Unscaled, left.Scale + right.Scale);

    /// <summary>The number itself.</summary>
    public static implicit operator ExactNumber(long value) => new(value, 0);

    /// <summary>The number itself, all of its digits.</summary>
    public static implicit operator ExactNumber(decimal value) => Parse(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Reads digits with an optional sign and decimal point, as PostgreSQL writes a numeric.</summary>
    /// <exception cref="FormatException">Anything else: NaN, Infinity, an exponent, spaces, an empty string.</exception>
    public static ExactNumber Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var digits = text.AsSpan(text is ['-' or '+', ..] ? 1 : 0);
        var point = digits.IndexOf('.');
        var plain = point < 0 ? digits.ToString() : string.Concat(digits[..point], digits[(point + 1)..]);
        if (plain.Length == 0 || text.Length > MaximumLength || plain.AsSpan().ContainsAnyExceptInRange('0', '9'))
            throw new FormatException("Not a plain decimal number.");
        var magnitude = BigInteger.Parse(plain, NumberStyles.None, CultureInfo.InvariantCulture);
        return new ExactNumber(text[0] == '-' ? -magnitude : magnitude, point < 0 ? 0 : digits.Length - point - 1);
    }

    /// <summary>A double as what it is: an integer times a power of two, every digit of it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public static ExactNumber FromDouble(double value)
    {
        Guard.Finite(value);
        var bits = BitConverter.DoubleToInt64Bits(value);
        var field = (int)((bits >> 52) & 0x7FF);
        BigInteger digits = (bits & 0xFFFFFFFFFFFFF) | (field == 0 ? 0 : 1L << 52);
        var exponent = Math.Max(field, 1) - 1075;
        if (digits.IsZero)
            return Zero;
        var odd = (int)BigInteger.TrailingZeroCount(digits);
        digits >>= odd;
        exponent += odd;
        if (value < 0)
            digits = -digits;
        return exponent >= 0 ? new ExactNumber(digits << exponent, 0) : new ExactNumber(digits * BigInteger.Pow(5, -exponent), -exponent);
    }

    /// <summary>The nearest double; infinite beyond the range of doubles.</summary>
    public double ToDouble() => ExactDivision.ToDouble(Unscaled, BigInteger.Pow(10, Scale));

    /// <summary>The digits as an integer over 10^<paramref name="scale"/>, which must not be below <see cref="Scale"/>.</summary>
    internal BigInteger AtScale(int scale) => Unscaled * BigInteger.Pow(10, scale - Scale);
}
