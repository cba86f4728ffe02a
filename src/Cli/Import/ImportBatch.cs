using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Splitstream.Cli.Import;

/// <summary>One request body, ready to send and, if need be, to send again.</summary>
/// <param name="Path">`/v1/exposures` or `/v1/events`.</param>
/// <param name="Body">The JSON bytes.</param>
/// <param name="Rows">The file's row of each item, for a refusal by index.</param>
public sealed record ImportBatch(string Path, ReadOnlyMemory<byte> Body, IReadOnlyList<long> Rows);

/// <summary>Collects items of one kind into bodies within the server's limits.</summary>
/// <param name="path">Where the items go.</param>
/// <param name="property">The array's name in the body.</param>
public sealed class ImportBatchBuilder(string path, string property)
{
    /// <summary>The most items the server takes in a request.</summary>
    private const int MaximumItems = 1_000;

    /// <summary>The server takes 1 MiB; the last item added may be a long one.</summary>
    private const int FullBytes = 900_000;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private ArrayBufferWriter<byte> _buffer = new(1 << 16);
    private Utf8JsonWriter? _json;
    private List<long> _rows = [];

    /// <summary>Adds an item.</summary>
    /// <returns>A body, when this item filled it.</returns>
    public ImportBatch? Add(long row, Action<Utf8JsonWriter> writeFields)
    {
        if (_json is null)
        {
            _json = new Utf8JsonWriter(_buffer, Options);
            _json.WriteStartObject();
            _json.WriteStartArray(property);
        }

        _json.WriteStartObject();
        writeFields(_json);
        _json.WriteEndObject();
        _rows.Add(row);
        return _rows.Count == MaximumItems || _json.BytesCommitted + _json.BytesPending > FullBytes ? Take() : null;
    }

    /// <summary>The items added since the last body; null when there are none.</summary>
    public ImportBatch? Take()
    {
        if (_json is null)
        {
            return null;
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Dispose();
        var batch = new ImportBatch(path, _buffer.WrittenMemory, _rows);
        (_json, _buffer, _rows) = (null, new ArrayBufferWriter<byte>(1 << 16), []);
        return batch;
    }
}
