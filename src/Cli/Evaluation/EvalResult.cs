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
        _writer.WriteNumber(name, Finite(value, name));
        return this;
    }

    /// <summary>A field with a number, or null.</summary>
    public EvalResult Number(string name, double? value)
    {
        if (value is { } number)
        {
            return Number(name, number);
        }

        _writer.WriteNull(name);
        return this;
    }

    /// <summary>A field with a list of numbers.</summary>
    public EvalResult Numbers(string name, params IEnumerable<double> values)
    {
        _writer.WritePropertyName(name);
        WriteList(values, name);
        return this;
    }

    /// <summary>The result is one number.</summary>
    public void Whole(double value) => _writer.WriteNumberValue(Finite(value, "the result"));

    /// <summary>The result is a list of numbers.</summary>
    public void Whole(IEnumerable<double> values) => WriteList(values, "the result");

    private void WriteList(IEnumerable<double> values, string name)
    {
        _writer.WriteStartArray();
        foreach (double value in values)
        {
            _writer.WriteNumberValue(Finite(value, name));
        }

        _writer.WriteEndArray();
    }

    private double Finite(double value, string name)
    {
        if (!double.IsFinite(value))
        {
            Refusal ??= new EvalRefusal(EvalRefusal.UndefinedResult, $"{name} is not finite");
            return 0;
        }

        // Adding positive zero turns a negative one into it and changes no other number.
        return value + 0.0;
    }
}
