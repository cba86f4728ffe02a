using System.Text.Json;

namespace Splitstream.Api.Input;

/// <summary>Reads JSON values that parse and still are no text or number: lone surrogates, U+0000, numbers beyond doubles.</summary>
internal static class JsonTexts
{
    /// <summary>The text of a JSON string; false for other kinds and for half a surrogate pair, as in <c>"\ud800"</c>.</summary>
    public static bool TryGet(JsonElement element, out string text)
    {
        text = "";
        if (element.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            text = element.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Why a value cannot be stored as JSON and given back unchanged, as the end of a sentence; null when it can.</summary>
    public static string? WhyNotStorable(JsonElement value, int maxCharacters)
    {
        string raw = value.GetRawText();
        if (raw.Length > maxCharacters)
        {
            return $"must have at most {maxCharacters} characters of JSON, had {raw.Length}";
        }

        return IsStorable(value) ? null : "must hold only well-formed Unicode without U+0000 and numbers within the range of doubles";
    }

    private static bool IsStorable(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => TryGet(value, out string text) && !text.Contains('\0'),
        JsonValueKind.Number => value.TryGetDouble(out double number) && double.IsFinite(number) && (number != 0 || IsZero(value.GetRawText())),
        JsonValueKind.Array => value.EnumerateArray().All(IsStorable),
        JsonValueKind.Object => value.EnumerateObject().All(property => !property.Name.Contains('\0') && IsStorable(property.Value)),
        _ => true,
    };

    /// <summary>Whether a number is written as zero and did not merely become zero.</summary>
    private static bool IsZero(string number)
    {
        foreach (char letter in number)
        {
            if (letter is 'e' or 'E')
            {
                return true;
            }

            if (letter is >= '1' and <= '9')
            {
                return false;
            }
        }

        return true;
    }
}
