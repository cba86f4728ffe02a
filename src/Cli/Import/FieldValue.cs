using System.Globalization;
using System.Text.RegularExpressions;

namespace Splitstream.Cli.Import;

/// <summary>Reads single fields. Nothing is guessed: what is not plainly a value of its type is refused.</summary>
public static partial class FieldValue
{
    /// <summary>A field without anything but white space says that the value is missing.</summary>
    public static bool IsMissing(string field) => string.IsNullOrWhiteSpace(field);

    /// <summary>Reads a conversion; `1.0` and `0.0` count, because spreadsheets and data frames write flags so.</summary>
    public static bool TryBoolean(string field, out bool value)
    {
        switch (field.Trim().ToUpperInvariant())
        {
            case "TRUE" or "1" or "YES" or "T" or "Y" or "1.0":
                value = true;
                return true;
            case "FALSE" or "0" or "NO" or "F" or "N" or "0.0":
                value = false;
                return true;
            default:
                value = false;
                return false;
        }
    }

    /// <summary>Reads a decimal number with a point, and an exponent if need be.</summary>
    /// <param name="json">The same digits as a JSON number: nothing is rounded on the way to the server.</param>
    /// <returns>False for anything else: NaN, infinities, thousands separators, numbers beyond the range of a double.</returns>
    public static bool TryNumber(string field, out string json)
    {
        json = "";
        var match = Number().Match(field.Trim());
        if (!match.Success || !double.IsFinite(double.Parse(match.Value, NumberStyles.Float, CultureInfo.InvariantCulture)))
        {
            return false;
        }

        var whole = match.Groups["whole"].Value.TrimStart('0');
        var fraction = match.Groups["fraction"].Value;
        json = string.Concat(
            match.Groups["sign"].Value == "-" ? "-" : "",
            whole.Length == 0 ? "0" : whole,
            fraction.Length == 0 ? "" : "." + fraction,
            match.Groups["exponent"].Value.Length == 0 ? "" : "e" + match.Groups["exponent"].Value.TrimStart('+'));
        return true;
    }

    /// <summary>Reads a whole number of events, at most 2^53; `3.0` counts as 3.</summary>
    public static bool TryCount(string field, out string json)
    {
        json = "";
        const decimal exactInDoubles = 9_007_199_254_740_992m;
        if (!decimal.TryParse(field.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value > exactInDoubles || value != decimal.Truncate(value))
        {
            return false;
        }

        json = decimal.Truncate(value).ToString("0", CultureInfo.InvariantCulture);
        return true;
    }

    /// <summary>Whether a JSON number is zero: the unit's value is then what an absent event means.</summary>
    public static bool IsZero(string json) => json.AsSpan(0, json.AsSpan().IndexOf('e') is var e and >= 0 ? e : json.Length).IndexOfAnyInRange('1', '9') < 0;

    [GeneratedRegex(@"\A(?<sign>[+-]?)(?:(?<whole>[0-9]+)(?:\.(?<fraction>[0-9]*))?|\.(?<fraction>[0-9]+))(?:[eE](?<exponent>[+-]?[0-9]+))?\z")]
    private static partial Regex Number();
}
