using System.Text.Json;
using System.Text.Json.Serialization;

namespace Splitstream.Api.Json;

/// <summary>JSON text that is answered as it is: payloads, targeting, audit details. <c>default</c> is written as null.</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct RawJson(string? Text)
{
    /// <summary>Writes the text verbatim.</summary>
    public sealed class Converter : JsonConverter<RawJson>
    {
        /// <inheritdoc/>
        public override bool HandleNull => true;

        /// <inheritdoc/>
        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return new RawJson(document.RootElement.GetRawText());
        }

        /// <inheritdoc/>
        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options)
        {
            if (value.Text is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                // It was validated on its way in.
                writer.WriteRawValue(value.Text, skipInputValidation: true);
            }
        }
    }
}
