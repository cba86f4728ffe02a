using System.Runtime.CompilerServices;

namespace Splitstream.Stats;

/// <summary>Ranges that callers must keep. A violation is a bug of the caller, hence an exception; what data can do is <see cref="Inconclusive"/>.</summary>
internal static class Guard
{
    /// <summary>Requires a probability strictly between 0 and 1.</summary>
    public static void Probability(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value > 0 && value < 1))
            throw new ArgumentOutOfRangeException(name, value, "Must lie strictly between 0 and 1.");
    }

    /// <summary>Requires a finite number above zero.</summary>
    public static void Positive(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value > 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(name, value, "Must be finite and above zero.");
    }

    /// <summary>Requires a finite number of at least zero.</summary>
    public static void NotNegative(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(name, value, "Must be finite and not negative.");
    }

    /// <summary>Requires a finite number.</summary>
    public static void Finite(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!double.IsFinite(value))
            throw new ArgumentOutOfRangeException(name, value, "Must be finite.");
    }

    /// <summary>Requires one of the named values of an enumeration.</summary>
    public static void Known<T>(T value, [CallerArgumentExpression(nameof(value))] string name = "")
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            throw new ArgumentOutOfRangeException(name, value, "Must be one of the named values.");
    }

    /// <summary>Requires an index into something of <paramref name="count"/> parts.</summary>
    public static void Index(int value, int count, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < 0 || value >= count)
            throw new ArgumentOutOfRangeException(name, value, $"Must lie between 0 and {count - 1}.");
    }

    /// <summary>Requires a count of at least <paramref name="minimum"/>.</summary>
    public static void AtLeast(long value, long minimum, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < minimum)
            throw new ArgumentOutOfRangeException(name, value, $"Must be at least {minimum}.");
    }
}
