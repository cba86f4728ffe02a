using System.Text.Json;
using System.Text.RegularExpressions;
using Splitstream.Grains.Interfaces;

namespace Splitstream.Api.Input;

/// <summary>One JSON object of a request, read field by field. Whatever is wrong is added to the errors and read as absent.</summary>
/// <remarks>Nothing is coerced: <c>"1"</c> is no number and <c>1</c> is no text. A field that is null counts as absent.</remarks>
internal readonly partial struct JsonInput
{
    /// <summary>Greatest count that a double holds exactly, 2^53.</summary>
    public const double MaxCount = 9_007_199_254_740_992;

    private readonly JsonElement _element;

    private JsonInput(JsonElement element, string pointer, InputErrors errors)
    {
        _element = element;
        Pointer = pointer;
        Errors = errors;
    }

    public string Pointer { get; }

    public InputErrors Errors { get; }

    /// <summary>The object, or null with an error when the value is no object.</summary>
    /// <param name="known">Names of the fields it may have; null ignores others.</param>
    public static JsonInput? Of(JsonElement element, string pointer, InputErrors errors, IReadOnlySet<string>? known)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            errors.Add(pointer, $"{Name(pointer)} must be an object.");
            return null;
        }

        if (known is not null)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                // A field name with half a surrogate pair cannot get here: the parser has refused it.
                if (!known.Contains(property.Name))
                {
                    errors.Add(InputErrors.Child(pointer, property.Name), $"There is no field {Shorten(property.Name)} here.");
                }
            }
        }

        return new JsonInput(element, pointer, errors);
    }

    /// <summary>The pointer of a field of this object.</summary>
    public string At(string name) => $"{Pointer}/{name}";

    /// <summary>Whether the field was sent, be it as null.</summary>
    public bool Has(string name) => _element.TryGetProperty(name, out _);

    /// <summary>The field's value; false when it is absent or null.</summary>
    public bool TryGet(string name, out JsonElement value) =>
        _element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A text of a length in UTF-16 units, without NUL and lone surrogates; null when absent or refused.</summary>
    public string? Text(string name, int min, int max, bool required = false)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return required ? Missing(name) : null;
        }

        return TextOf(value, At(name), min, max);
    }

    /// <summary>A text that stands alone, e.g. an element of a list.</summary>
    public string? TextOf(JsonElement value, string pointer, int min, int max)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            Errors.Add(pointer, $"{Name(pointer)} must be a text.");
            return null;
        }

        if (!JsonTexts.TryGet(value, out string text) || text.Contains('\0'))
        {
            Errors.Add(pointer, $"{Name(pointer)} must be well-formed Unicode without U+0000.");
            return null;
        }

        if (text.Length < min || text.Length > max || (min > 0 && string.IsNullOrWhiteSpace(text)))
        {
            Errors.Add(pointer, $"{Name(pointer)} must have {min} to {max} characters, had {text.Length}.");
            return null;
        }

        return text;
    }

    /// <summary>A key, as <see cref="Limits.KeyPattern"/> has it.</summary>
    public string? Key(string name, bool required = false)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return required ? Missing(name) : null;
        }

        return KeyOf(value, At(name));
    }

    /// <summary>A key that stands alone.</summary>
    public string? KeyOf(JsonElement value, string pointer)
    {
        if (!JsonTexts.TryGet(value, out string text) || !IsKey(text))
        {
            Errors.Add(pointer, $"{Name(pointer)} must match {Limits.KeyPattern}.");
            return null;
        }

        return text;
    }

    /// <summary>A list of different keys; null when absent or refused.</summary>
    public IReadOnlyList<string>? Keys(string name, int max)
    {
        if (List(name, 0, max) is not { } list)
        {
            return null;
        }

        var keys = new List<string>(list.GetArrayLength());
        int index = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            string pointer = $"{At(name)}/{index++}";
            if (KeyOf(item, pointer) is not { } key)
            {
                continue;
            }

            if (keys.Contains(key))
            {
                Errors.Add(pointer, $"{name} names {key} twice.");
            }

            keys.Add(key);
        }

        return keys;
    }

    /// <summary>A finite number that passes a test; null when absent or refused.</summary>
    /// <param name="rule">The test in words, e.g. <c>lie in [0, 1]</c>.</param>
    public double? Number(string name, Func<double, bool> test, string rule, bool required = false)
    {
        if (!TryGet(name, out JsonElement value))
        {
            if (required)
            {
                Missing(name);
            }

            return null;
        }

        return NumberOf(value, At(name), test, rule);
    }

    /// <summary>A number that stands alone.</summary>
    public double? NumberOf(JsonElement value, string pointer, Func<double, bool> test, string rule)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            Errors.Add(pointer, $"{Name(pointer)} must be a number.");
            return null;
        }

        if (!value.TryGetDouble(out double number) || !double.IsFinite(number) || !test(number))
        {
            Errors.Add(pointer, $"{Name(pointer)} must {rule}, was {Shorten(value.GetRawText())}.");
            return null;
        }

        // Negative zero is zero.
        return number + 0.0;
    }

    /// <summary>An integer-valued number in [min, max]; <c>2e4</c> and <c>20000.0</c> are integer-valued.</summary>
    public long? Count(string name, long min, double max) =>
        Number(name, number => number >= min && number <= max && double.IsInteger(number), $"be a whole number from {min} to {max:0}") is { } number
            ? (long)number
            : null;

    /// <summary>A boolean; null when absent or refused.</summary>
    public bool? Flag(string name)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Errors.Add(At(name), $"{name} must be true or false.");
        return null;
    }

    /// <summary>An enumeration by its name in snake case.</summary>
    public T? Choice<T>(string name, bool required = false)
        where T : struct, Enum
    {
        if (!TryGet(name, out JsonElement value))
        {
            if (required)
            {
                Missing(name);
            }

            return null;
        }

        if (JsonTexts.TryGet(value, out string text) && Json.WireNames<T>.TryParse(text, out T choice))
        {
            return choice;
        }

        Errors.Add(At(name), $"{name} must be one of {Json.WireNames<T>.All}.");
        return null;
    }

    /// <summary>A list with a number of elements; null when absent or refused.</summary>
    public JsonElement? List(string name, int min, int max, bool required = false)
    {
        if (!TryGet(name, out JsonElement value))
        {
            if (required)
            {
                Missing(name);
            }

            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() < min || value.GetArrayLength() > max)
        {
            Errors.Add(At(name), $"{name} must be a list of {min} to {max} elements.");
            return null;
        }

        return value;
    }

    /// <summary>An object inside this one; null when absent or refused.</summary>
    public JsonInput? Object(string name, IReadOnlySet<string>? known) =>
        TryGet(name, out JsonElement value) ? Of(value, At(name), Errors, known) : null;

    /// <summary>Any JSON value as text that can be stored; null when absent or refused.</summary>
    public string? Raw(string name, int maxCharacters)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return null;
        }

        if (JsonTexts.WhyNotStorable(value, maxCharacters) is { } reason)
        {
            Errors.Add(At(name), $"{name} {reason}.");
            return null;
        }

        return value.GetRawText();
    }

    public static bool IsKey(string text) => KeyRegex().IsMatch(text) && !text.EndsWith('\n');

    private string? Missing(string name)
    {
        Errors.Add(At(name), $"{name} is required.");
        return null;
    }

    private static string Name(string pointer) => pointer.Length == 0 ? "The body" : Shorten(pointer[1..]);

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "...";

    [GeneratedRegex(Limits.KeyPattern, RegexOptions.CultureInvariant)]
    private static partial Regex KeyRegex();
}
