using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Splitstream.Storage.Database;

/// <summary>How configuration records are written into jsonb columns: names as in C#, enums by name.</summary>
public static class ConfigurationJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        Converters = { new JsonStringEnumConverter() },
    };

    private static readonly JsonSerializerOptions ForReaders = new(Options)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Details of the audit, which the API hands out: names as everywhere on the wire.</summary>
    public static string WriteForReaders<T>(T value) => JsonSerializer.Serialize(value, ForReaders);

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"A stored {typeof(T).Name} is null.");
}
