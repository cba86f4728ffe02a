using System.Text;
using System.Text.Encodings.Web;
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

    /// <summary>
    /// One text for all spellings of a value: no spaces, fields in ordinal order, the fewest escapes; numbers stay as they are written.
    /// </summary>
    /// <param name="value">Well-formed, as <see cref="WhyNotStorable"/> tells, and without fields that are given twice.</param>
    public static string Canonical(JsonElement value)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            WriteCanonical(writer, value);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteCanonical(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (JsonProperty property in value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    WriteCanonical(writer, property.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in value.EnumerateArray())
                {
                    WriteCanonical(writer, item);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(value.GetString());
                break;
            default:
                writer.WriteRawValue(value.GetRawText());
                break;
        }
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
