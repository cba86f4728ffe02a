namespace Splitstream.Bucketing;

/// <summary>Checks numbers that must be a share of a whole.</summary>
internal static class Fractions
{
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside [0, 1] or is not a number.</exception>
    public static void Check(double value, string parameter)
    {
        if (!(value >= 0 && value <= 1))
        {
            throw new ArgumentOutOfRangeException(parameter, value, "A fraction lies in [0, 1].");
        }
    }
}
