using System.Text.Json;

namespace Splitstream.Api.Analysis;

/// <summary>Adds to a snapshot's text what grows after it was taken. Everything else keeps its bytes, numbers above all.</summary>
internal static class ResultsWriter
{
    /// <summary>The field after which <c>viewCount</c> stands; at the end where it is absent.</summary>
    private const string Before = "inputHash";

    public static void Write(Utf8JsonWriter writer, string body, long viewCount)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        bool written = false;
        writer.WriteStartObject();
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            writer.WritePropertyName(property.Name);
            writer.WriteRawValue(property.Value.GetRawText(), skipInputValidation: true);
            if (property.Name == Before)
            {
                writer.WriteNumber("viewCount", viewCount);
                written = true;
            }
        }

        if (!written)
        {
            writer.WriteNumber("viewCount", viewCount);
        }

        writer.WriteEndObject();
    }
}
