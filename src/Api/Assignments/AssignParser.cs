using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Assignments;

/// <summary>
/// Parses <c>POST /v1/assign</c> in place, without a document: it allocates the unit id, and attributes when there are any. Equivalent to
/// reading the body as a strict document; what only a document can check (repeated names among ignored fields) is checked by one, and only
/// when such fields are there.
/// </summary>
internal static class AssignParser
{
    /// <summary>Parses a body.</summary>
    /// <returns>Null, or why the body was refused; then the call is <c>default</c>.</returns>
    public static Problem? TryParse(in ReadOnlySequence<byte> body, out AssignCall call)
    {
        if (body.IsSingleSegment)
        {
            return TryParse(body.FirstSpan, out call);
        }

        byte[] copy = ArrayPool<byte>.Shared.Rent((int)body.Length);
        body.CopyTo(copy);
        Problem? problem = TryParse(copy.AsSpan(0, (int)body.Length), out call);
        ArrayPool<byte>.Shared.Return(copy);
        return problem;
    }

    private static Problem? TryParse(ReadOnlySpan<byte> body, out AssignCall call)
    {
        call = default;
        try
        {
            return Utf8.IsValid(body) ? Read(body, out call) : RequestBody.Malformed;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A field name with half a surrogate pair cannot be compared, which is an invalid operation.
            return RequestBody.Malformed;
        }
    }

    private static Problem? Read(ReadOnlySpan<byte> body, out AssignCall call)
    {
        call = default;
        var reader = new Utf8JsonReader(body, ApiJson.ReaderOptions);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Drain(ref reader);
            return Problem.Invalid("", "The body must be an object.");
        }

        string? unitId = null;
        string[]? experiments = null;
        Dictionary<string, AttributeValue>? attributes = null;
        bool dryRun = false;
        bool needsDocument = false;
        Fields seen = Fields.None;
        InputErrors? errors = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Fields field = NameOf(ref reader);
            reader.Read();
            if (field == Fields.None)
            {
                needsDocument = true;
                reader.Skip();
                continue;
            }

            if ((seen & field) != 0)
            {
                return RequestBody.Malformed;
            }

            seen |= field;
            switch (field)
            {
                case Fields.UnitId:
                    unitId = ReadText(ref reader, "/unitId", ref errors);
                    break;
                case Fields.Experiments:
                    experiments = ReadExperiments(ref reader, ref errors);
                    break;
                case Fields.Attributes:
                    attributes = ReadAttributes(ref reader, ref errors, ref needsDocument);
                    break;
                default:
                    dryRun = ReadFlag(ref reader, ref errors);
                    break;
            }
        }

        // Anything after the object is malformed.
        reader.Read();
        if (needsDocument && !IsStrict(body))
        {
            return RequestBody.Malformed;
        }

        UnitId unit = default;
        if (unitId is null)
        {
            if ((seen & Fields.UnitId) == 0 || errors is null)
            {
                (errors ??= new()).Add("/unitId", "unitId is required.");
            }
        }
        else if (!UnitId.TryCreate(unitId, out unit, out UnitIdError error))
        {
            (errors ??= new()).Add("/unitId", UnitIdMessages.Of(error));
        }

        if (errors is not null)
        {
            return errors.ToProblem();
        }

        call = new AssignCall(unitId!, unit, experiments, attributes is null ? AttributeSet.Empty : AttributeSet.From(attributes), dryRun);
        return null;
    }

    private static Fields NameOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("unitId"u8) ? Fields.UnitId
        : reader.ValueTextEquals("experiments"u8) ? Fields.Experiments
        : reader.ValueTextEquals("attributes"u8) ? Fields.Attributes
        : reader.ValueTextEquals("dryRun"u8) ? Fields.DryRun
        : Fields.None;

    private static string? ReadText(ref Utf8JsonReader reader, string pointer, ref InputErrors? errors)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            (errors ??= new()).Add(pointer, $"{pointer[1..]} must be a text.");
            reader.Skip();
            return null;
        }

        if (!reader.ValueIsEscaped)
        {
            return KeyStrings.Get(reader.ValueSpan, keep: pointer != "/unitId");
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            (errors ??= new()).Add(pointer, $"{pointer[1..]} must not contain lone surrogates.");
            return null;
        }
    }

    private static string[]? ReadExperiments(ref Utf8JsonReader reader, ref InputErrors? errors)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            (errors ??= new()).Add("/experiments", "experiments must be a list of keys.");
            reader.Skip();
            return null;
        }

        // A copy of the reader counts first, so that the list is allocated once.
        Utf8JsonReader counter = reader;
        int count = 0;
        for (counter.Read(); counter.TokenType != JsonTokenType.EndArray; counter.Read())
        {
            counter.Skip();
            count++;
        }

        if (count > Limits.ExperimentsPerAssign)
        {
            (errors ??= new()).Add("/experiments", $"experiments may name {Limits.ExperimentsPerAssign}, these are {count}.");
            reader.Skip();
            return null;
        }

        string[] keys = count == 0 ? [] : new string[count];
        for (int i = 0; i < count; i++)
        {
            reader.Read();
            keys[i] = ReadKey(ref reader, i, ref errors);
        }

        reader.Read();
        return keys;
    }

    private static string ReadKey(ref Utf8JsonReader reader, int index, ref InputErrors? errors)
    {
        if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped)
        {
            return KeyStrings.Get(reader.ValueSpan, keep: true);
        }

        if (reader.TokenType == JsonTokenType.Null)
        {
            (errors ??= new()).Add($"/experiments/{index}", $"experiments/{index} must be a text.");
            return "";
        }

        return ReadText(ref reader, $"/experiments/{index}", ref errors) ?? "";
    }

    private static Dictionary<string, AttributeValue>? ReadAttributes(ref Utf8JsonReader reader, ref InputErrors? errors, ref bool needsDocument)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            (errors ??= new()).Add("/attributes", "attributes must be an object.");
            reader.Skip();
            return null;
        }

        Dictionary<string, AttributeValue>? attributes = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = AttributeReader.Name(ref reader);
            reader.Read();
            needsDocument |= reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
            AttributeValue value = AttributeReader.Value(ref reader);
            if (!(attributes ??= new(StringComparer.Ordinal)).TryAdd(name, value))
            {
                throw new JsonException("An attribute is given twice.");
            }
        }

        return attributes;
    }

    private static bool ReadFlag(ref Utf8JsonReader reader, ref InputErrors? errors)
    {
        if (reader.TokenType is JsonTokenType.True or JsonTokenType.False)
        {
            return reader.GetBoolean();
        }

        if (reader.TokenType != JsonTokenType.Null)
        {
            (errors ??= new()).Add("/dryRun", "dryRun must be true or false.");
            reader.Skip();
        }

        return false;
    }

    private static void Drain(ref Utf8JsonReader reader)
    {
        while (reader.Read())
        {
        }
    }

    private static bool IsStrict(ReadOnlySpan<byte> body)
    {
        Outcome<JsonDocument> document = RequestBody.Parse(new ReadOnlySequence<byte>(body.ToArray()));
        document.Value?.Dispose();
        return document.IsOk;
    }

    [Flags]
    private enum Fields
    {
        None = 0,
        UnitId = 1,
        Experiments = 2,
        Attributes = 4,
        DryRun = 8,
    }
}
