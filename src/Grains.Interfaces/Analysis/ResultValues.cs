using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>Both ends of an interval; in JSON an array of two numbers, lower end first. Ends are finite.</summary>
[JsonConverter(typeof(IntervalConverter))]
public sealed record Interval(double Lower, double Upper);

/// <summary>One number per variant in the order of the definition; in JSON an object with the variants' keys.</summary>
[JsonConverter(typeof(VariantNumbersConverter))]
public sealed record VariantNumbers(ImmutableArray<VariantNumber> Values);

/// <param name="Value">Finite; counts are exact up to 2^53.</param>
public sealed record VariantNumber(string Variant, double Value);

/// <summary>Writes and reads <see cref="Interval"/> as <c>[lower, upper]</c>.</summary>
public sealed class IntervalConverter : JsonConverter<Interval>
{
    public override Interval Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        reader.Read();
        var lower = reader.GetDouble();
        reader.Read();
        var upper = reader.GetDouble();
        reader.Read();
        return new Interval(lower, upper);
    }

    public override void Write(Utf8JsonWriter writer, Interval value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Lower);
        writer.WriteNumberValue(value.Upper);
        writer.WriteEndArray();
    }
}

/// <summary>Writes and reads <see cref="VariantNumbers"/> as an object, keeping the order.</summary>
public sealed class VariantNumbersConverter : JsonConverter<VariantNumbers>
{
    public override VariantNumbers Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var values = ImmutableArray.CreateBuilder<VariantNumber>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var variant = reader.GetString()!;
            reader.Read();
            values.Add(new VariantNumber(variant, reader.GetDouble()));
        }

        return new VariantNumbers(values.ToImmutable());
    }

    public override void Write(Utf8JsonWriter writer, VariantNumbers value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (variant, number) in value.Values)
        {
            writer.WriteNumber(variant, number);
        }

        writer.WriteEndObject();
    }
}
