using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Splitstream.Cli.Evaluation;

/// <summary>
/// The conformance runner: one JSON question per line in, one JSON answer per line out, in the same order. It parses, asks the
/// product's own code and writes; it holds no formulas. No line stops it, and no line depends on another.
/// </summary>
public static class EvalRunner
{
    /// <summary>The greatest length of a line unless another is asked for: 256 MiB.</summary>
    public const int DefaultMaxLineBytes = 256 * 1024 * 1024;

    /// <summary>
    /// How deep a line may be nested; a deeper one is malformed. The parser keeps no call stack, but its time grows with the square
    /// of the depth.
    /// </summary>
    private const int MaxDepth = 20_000;

    private static readonly JsonDocumentOptions Parsing = new() { MaxDepth = MaxDepth };

    /// <summary>Answers until the input ends. Each answer is flushed before the next line is looked at.</summary>
    /// <param name="input">UTF-8 without byte-order mark; lines end with LF or CRLF, the last one may lack its end.</param>
    /// <param name="output">Receives answers and nothing else, each ended by LF.</param>
    /// <param name="maxLineBytes">The greatest length of a line; a longer one is skipped and answered as malformed.</param>
    /// <param name="cancellation">Stops between two answers.</param>
    /// <exception cref="IOException">One of the streams failed.</exception>
    public static async Task RunAsync(
        Stream input, Stream output, int maxLineBytes = DefaultMaxLineBytes, CancellationToken cancellation = default)
    {
        var answer = new ArrayBufferWriter<byte>();
        await using var writer = new Utf8JsonWriter(answer);
        await foreach (EvalLine line in EvalLine.ReadAllAsync(input, maxLineBytes, cancellation))
        {
            answer.ResetWrittenCount();
            writer.Reset(answer);
            Answer(line, writer);
            writer.Flush();
            answer.Write("\n"u8);
            await output.WriteAsync(answer.WrittenMemory, cancellation);
            await output.FlushAsync(cancellation);
        }
    }

    private static void Answer(EvalLine line, Utf8JsonWriter writer)
    {
        using JsonDocument? document = Parse(line, out string problem);
        if (document is null)
        {
            Refuse(writer, default, new EvalRefusal(EvalRefusal.Malformed, problem));
            return;
        }

        EvalField.TryGet(document.RootElement, "id", out JsonElement id);
        try
        {
            var result = new EvalResult();
            EvalRefusal? refusal = Ask(document.RootElement, result) ?? result.Refusal;
            if (refusal is null)
            {
                Start(writer, id, true);
                writer.WritePropertyName("result");
                writer.WriteRawValue(result.Json, skipInputValidation: true);
                writer.WriteEndObject();
            }
            else
            {
                Refuse(writer, id, refusal);
            }
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            // Whatever it is, the next line must still get its answer; the result was kept apart, so nothing of it is written yet.
            Refuse(writer, id, new EvalRefusal(EvalRefusal.Internal, $"the runner failed with {defect.GetType().Name}: {defect.Message}"));
        }
    }

    private static EvalRefusal? Ask(JsonElement question, EvalResult result)
    {
        if (!EvalField.TryGet(question, "op", out JsonElement op))
        {
            return new EvalRefusal(EvalRefusal.UnknownOp, "op is missing");
        }

        if (!EvalField.TryGetText(op, out string name) || !EvalOps.All.TryGetValue(name, out EvalOp? ask))
        {
            return new EvalRefusal(EvalRefusal.UnknownOp, $"op must be the name of an operation, was {EvalField.Show(op)}");
        }

        if (!EvalField.TryGet(question, "input", out JsonElement fields) || fields.ValueKind != JsonValueKind.Object)
        {
            return new EvalRefusal(EvalRefusal.InvalidInput, $"input must be an object, was {EvalField.Show(fields)}");
        }

        var input = new EvalInput(fields);
        ask(input, result);
        return input.Refusal;
    }

    private static JsonDocument? Parse(EvalLine line, out string problem)
    {
        if (line.TooLong)
        {
            problem = "the line must not be longer than the runner's limit, was longer";
            return null;
        }

        // The parser looks at the encoding of a string only when it is read, which is too late for one that is merely echoed.
        if (!Utf8.IsValid(line.Bytes.Span))
        {
            problem = "the line must be UTF-8, was not";
            return null;
        }

        try
        {
            JsonDocument document = JsonDocument.Parse(line.Bytes, Parsing);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                problem = "";
                return document;
            }

            problem = $"the line must be a JSON object, was {EvalField.Show(document.RootElement)}";
            document.Dispose();
        }
        catch (JsonException)
        {
            problem = line.Bytes.IsEmpty ? "the line must be a JSON object, was empty" : "the line must be a JSON object, was not JSON";
        }

        return null;
    }

    private static void Refuse(Utf8JsonWriter writer, JsonElement id, EvalRefusal refusal)
    {
        Start(writer, id, false);
        writer.WriteStartObject("error");
        writer.WriteString("code", refusal.Code);
        writer.WriteString("detail", refusal.Detail);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Start(Utf8JsonWriter writer, JsonElement id, bool ok)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("id");
        if (id.ValueKind == JsonValueKind.Undefined)
        {
            writer.WriteNullValue();
        }
        else
        {
            writer.WriteRawValue(OnOneLine(JsonMarshal.GetRawUtf8Value(id)), skipInputValidation: true);
        }

        writer.WriteBoolean("ok", ok);
    }

    /// <summary>The id as it was written, so that not even a number changes its spelling; a CR between its parts would look like an end of line.</summary>
    private static ReadOnlySpan<byte> OnOneLine(ReadOnlySpan<byte> raw)
    {
        if (!raw.Contains((byte)'\r'))
        {
            return raw;
        }

        byte[] copy = raw.ToArray();
        copy.AsSpan().Replace((byte)'\r', (byte)' ');
        return copy;
    }
}
