using System.Globalization;
using System.Text.Json;

namespace Splitstream.Grains.Interfaces.Events;

/// <summary>What the properties of an event may hold, so that the database can store them and add their numbers exactly.</summary>
public static class PropertyRules
{
    /// <summary>Longest number accepted, in characters as written. Any double and any sum of money fits.</summary>
    public const int NumberMaxCharacters = 64;

    /// <summary>The first fault in document order as one sentence; null when there is none.</summary>
    /// <remarks>
    /// Refused: nesting deeper than <see cref="Limits.JsonDepth"/>, U+0000 and lone surrogates in names and strings, numbers of more than
    /// <see cref="NumberMaxCharacters"/> characters, numbers beyond the finite doubles, and numbers other than 0 that are too small to
    /// differ from 0 as doubles.
    /// </remarks>
    public static string? FindFault(JsonElement properties) => FindFault(properties, 1);

    /// <summary>The text of a JSON string; false where an escape leaves half of a surrogate pair.</summary>
    public static bool TryGetString(JsonElement element, out string text)
    {
        try
        {
            text = element.GetString() ?? "";
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }

    private static string? FindFault(JsonElement element, int depth)
    {
        if (depth > Limits.JsonDepth)
        {
            return $"properties must not nest deeper than {Limits.JsonDepth}.";
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                return FindFaultInObject(element, depth);
            case JsonValueKind.Array:
                foreach (var child in element.EnumerateArray())
                {
                    if (FindFault(child, depth + 1) is { } fault)
                    {
                        return fault;
                    }
                }

                return null;
            case JsonValueKind.String:
                return TryGetString(element, out var text) ? TextFault(text) : "properties must not contain lone surrogates.";
            case JsonValueKind.Number:
                return NumberFault(element.GetRawText());
            default:
                return null;
        }
    }

    private static string? FindFaultInObject(JsonElement element, int depth)
    {
        foreach (var member in element.EnumerateObject())
        {
            string name;
            try
            {
                name = member.Name;
            }
            catch (InvalidOperationException)
            {
                return "properties must not contain lone surrogates.";
            }

            if ((TextFault(name) ?? FindFault(member.Value, depth + 1)) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static string? TextFault(string text) => text.Contains('\0') ? "properties must not contain U+0000." : null;

    private static string? NumberFault(string literal)
    {
        if (literal.Length > NumberMaxCharacters)
        {
            return $"Numbers in properties must have at most {NumberMaxCharacters} characters.";
        }

        var value = double.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value))
        {
            return "Numbers in properties must be within the range of a double.";
        }

        var mantissa = literal.AsSpan(0, literal.AsSpan().IndexOfAny('e', 'E') is >= 0 and var end ? end : literal.Length);
        var isZero = !mantissa.ContainsAnyInRange('1', '9');
        return value == 0 && !isZero ? "Numbers in properties must be 0 or differ from 0 as a double." : null;
    }
}
