using System.Text.Json;

namespace Splitstream.Cli.Evaluation;

/// <summary>Reads single JSON values that may be malformed inside: an escape such as <c>\ud800</c> parses, but is no text.</summary>
internal static class EvalField
{
    private const int ShownCharacters = 80;

    /// <summary>Finds a field; of one that is repeated, the last. The framework's own search fails on malformed names beside it.</summary>
    public static bool TryGet(JsonElement owner, string name, out JsonElement value)
    {
        try
        {
            return owner.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException)
        {
            value = default;
            bool found = false;
            foreach (JsonProperty property in owner.EnumerateObject())
            {
                if (HasName(property, name))
                {
                    value = property.Value;
                    found = true;
                }
            }

            return found;
        }
    }

    /// <summary>The text of a JSON string, or false when the value is none or has no UTF-8 form.</summary>
    public static bool TryGetText(JsonElement value, out string text)
    {
        text = "";
        if (value.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            text = value.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The value as it was written, shortened, for a person to recognise.</summary>
    public static string Show(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            return "missing";
        }

        string raw = value.GetRawText();
        if (raw.Length <= ShownCharacters)
        {
            return raw;
        }

        int end = char.IsHighSurrogate(raw[ShownCharacters - 1]) ? ShownCharacters - 1 : ShownCharacters;
        return raw[..end] + "...";
    }

    private static bool HasName(JsonProperty property, string name)
    {
        try
        {
            return property.NameEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
