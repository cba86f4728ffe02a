using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Splitstream.Grains.Certificates;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// The one text of a result and of its inputs: camelCase, properties in the order in which the records declare them, no spaces, doubles
/// in the shortest form that reads back to the same bits, times in UTC. NaN and infinities are refused by an exception.
/// </summary>
public static class CanonicalJson
{
    public static string Write(ExperimentResults results) => JsonSerializer.Serialize(results, CanonicalContext.Default.ExperimentResults);

    public static string Write(ResultsInput input) => JsonSerializer.Serialize(input, CanonicalContext.Default.ResultsInput);

    public static string Write(LookHistory history) => JsonSerializer.Serialize(history, CanonicalContext.Default.LookHistory);

    public static string Write(CertificateInput input) => JsonSerializer.Serialize(input, CanonicalContext.Default.CertificateInput);

    public static string Write(CertificateResult certificate) => JsonSerializer.Serialize(certificate, CanonicalContext.Default.CertificateResult);

    public static CertificateInput ReadCertificateInput(string json) =>
        JsonSerializer.Deserialize(json, CanonicalContext.Default.CertificateInput) ?? throw new JsonException("A stored certificate's input is null.");

    public static CertificateResult ReadCertificate(string json) =>
        JsonSerializer.Deserialize(json, CanonicalContext.Default.CertificateResult) ?? throw new JsonException("A stored certificate is null.");

    public static LookHistory ReadHistory(string json) =>
        JsonSerializer.Deserialize(json, CanonicalContext.Default.LookHistory) ?? throw new JsonException("A stored history is null.");

    public static ResultsInput ReadInput(string json) =>
        JsonSerializer.Deserialize(json, CanonicalContext.Default.ResultsInput) ?? throw new JsonException("Stored inputs are null.");

    internal static byte[] Bytes<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);
}

/// <summary>Serialisers made at compile time, so that the order of properties is the source's.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, Converters = [typeof(UtcTimeConverter)])]
[JsonSerializable(typeof(ExperimentResults))]
[JsonSerializable(typeof(ResultsInput))]
[JsonSerializable(typeof(HashedInput))]
[JsonSerializable(typeof(LookHistory))]
[JsonSerializable(typeof(HealthInputs))]
[JsonSerializable(typeof(CertificateInput))]
[JsonSerializable(typeof(CertificateResult))]
[JsonSerializable(typeof(ImmutableArray<MetricDefinition>))]
internal sealed partial class CanonicalContext : JsonSerializerContext;

/// <summary>RFC 3339 in UTC with microseconds, always of the same length.</summary>
internal sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DateTimeOffset.Parse(reader.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture));
}
