using System.Buffers;
using System.Text.Json;

namespace Splitstream.Cli.Evaluation;

/// <summary>
/// The result of one question, kept apart from the answer until it is whole. Numbers are written in the shortest form that reads
/// back to the same double, negative zero as 0; one that is not finite turns the line into <c>undefined_result</c>.
/// </summary>
internal sealed class EvalResult
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _writer;

    public EvalResult() => _writer = new Utf8JsonWriter(_buffer);

    /// <summary>Set when a number was not finite; then there is no result.</summary>
    public EvalRefusal? Refusal { get; private set; }

    /// <summary>The whole result as JSON.</summary>
    public ReadOnlySpan<byte> Json
    {
        get
        {
            _writer.Flush();
            return _buffer.WrittenSpan;
        }
    }

    /// <summary>Begins the object that the result is.</summary>
    public EvalResult Begin()
    {
        _writer.WriteStartObject();
        return this;
    }

    /// <summary>Ends it.</summary>
    public void End() => _writer.WriteEndObject();

    /// <summary>A field with a text, or null.</summary>
    public EvalResult Text(string name, string? value)
    {
        _writer.WriteString(name, value);
        return this;
    }

    /// <summary>A field with a number.</summary>
    public EvalResult Number(string name, double value)
    {
        if (!double.IsFinite(value))
        {
            Refusal ??= new EvalRefusal(EvalRefusal.UndefinedResult, $"{name} is not finite");
            value = 0;
        }

        // Adding positive zero turns a negative one into it and changes no other number.
        _writer.WriteNumber(name, value + 0.0);
        return this;
    }
}
