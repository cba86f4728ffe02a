using System.Text.Json;
using Splitstream.Bucketing;

namespace Splitstream.Api.Assignments;

/// <summary>Reads attributes straight from a reader, with the meaning that <see cref="AttributeValue.From(JsonElement)"/> gives them.</summary>
internal static class AttributeReader
{
    /// <summary>A value of a type that conditions cannot compare: objects, lists in lists, texts with lone surrogates.</summary>
    private static readonly AttributeValue Other = AttributeValue.Of(double.NaN);

    /// <exception cref="JsonException">The name holds half a surrogate pair, so that it is no name.</exception>
    public static string Name(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("A field name is not well-formed Unicode.", exception);
        }
    }

    /// <summary>Reads the value on which the reader stands, to its end.</summary>
    public static AttributeValue Value(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return Scalar(ref reader);
        }

        var items = new List<AttributeValue>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(Scalar(ref reader));
        }

        return AttributeValue.Of(items);
    }

    private static AttributeValue Scalar(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return default;
            case JsonTokenType.True:
            case JsonTokenType.False:
                return AttributeValue.Of(reader.GetBoolean());
            case JsonTokenType.Number:
                return AttributeValue.Of(reader.TryGetDouble(out double number) ? number : double.NaN);
            case JsonTokenType.String:
                return Text(ref reader);
            default:
                reader.Skip();
                return Other;
        }
    }

    private static AttributeValue Text(ref Utf8JsonReader reader)
    {
        try
        {
            return AttributeValue.Of(reader.GetString());
        }
        catch (InvalidOperationException)
        {
            return Other;
        }
    }
}
