using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace Splitstream.Cli.Import;

/// <summary>
/// A CSV file read row by row: RFC 4180 with commas, UTF-8 with or without a byte-order mark, any line ends, plain or
/// gzip. A row whose number of fields differs from the header's is refused, because its values would be somebody else's.
/// </summary>
public sealed class CsvTable : IDisposable
{
    /// <summary>The longest field; a quote that is never closed would otherwise swallow the rest of a large file.</summary>
    private const int MaximumFieldCharacters = 1 << 20;

    private const int BufferBytes = 1 << 16;

    private readonly string _path;
    private readonly SHA256 _hash = SHA256.Create();
    private readonly Stream _content;
    private readonly CsvParser _parser;

    private CsvTable(string path)
    {
        _path = path;
        Stream file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
        if (IsGzip(file))
        {
            file = new GZipStream(file, CompressionMode.Decompress);
        }

        _content = new CryptoStream(file, _hash, CryptoStreamMode.Read);
        var reader = new StreamReader(
            _content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true, BufferBytes);
        _parser = new CsvParser(reader, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = ",",
            Mode = CsvMode.RFC4180,
            IgnoreBlankLines = true,
            MaxFieldSize = MaximumFieldCharacters,
            BufferSize = BufferBytes,
            BadDataFound = arguments => throw Refuse($"row {_rowBeingRead} (line {arguments.Context.Parser!.RawRow}): a quote stands inside an unquoted field or is not closed"),
        });
        Header = ReadHeader();
    }

    private long _rowBeingRead;

    /// <summary>The names of the columns, in Unicode normal form C, in the file's order.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>The current row; the first after the header is 1.</summary>
    public long Row { get; private set; }

    /// <summary>Where the current row is, for a message.</summary>
    public string Place => $"row {Row} (line {_parser.RawRow})";

    /// <summary>A field of the current row.</summary>
    public string this[int column] => _parser[column];

    /// <summary>Opens a file and reads its header.</summary>
    public static CsvTable Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new CliException(Directory.Exists(path) ? $"{path} is a folder, not a CSV file." : $"There is no file {path}.");
        }

        return new CsvTable(path);
    }

    /// <summary>Moves to the next row.</summary>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="CliException">The row is no CSV, is ragged, or is not UTF-8.</exception>
    public bool Read()
    {
        _rowBeingRead = Row + 1;
        if (!ReadRecord())
        {
            return false;
        }

        Row++;
        return _parser.Count == Header.Count
            ? true
            : throw Refuse($"{Place}: {_parser.Count} fields, but the header has {Header.Count} columns");
    }

    /// <summary>SHA-256 over the uncompressed bytes; only after <see cref="Read"/> answered false.</summary>
    public string ContentHash()
    {
        Span<byte> rest = stackalloc byte[1];
        if (_content.Read(rest) != 0)
        {
            throw new InvalidOperationException("The file was not read to its end.");
        }

        return Convert.ToHexStringLower(_hash.Hash!);
    }

    public void Dispose()
    {
        _parser.Dispose();
        _content.Dispose();
        _hash.Dispose();
    }

    private List<string> ReadHeader()
    {
        if (!ReadRecord())
        {
            throw Refuse("it is empty; a header with the names of the columns was expected");
        }

        return [.. _parser.Record!.Select(name => name.Normalize(NormalizationForm.FormC))];
    }

    private bool ReadRecord()
    {
        try
        {
            return _parser.Read();
        }
        catch (DecoderFallbackException)
        {
            throw Refuse($"it is not UTF-8 text, near row {_rowBeingRead}");
        }
        catch (InvalidDataException e)
        {
            throw Refuse($"it cannot be unpacked near row {_rowBeingRead}: {e.Message}");
        }
        catch (MaxFieldSizeException)
        {
            throw Refuse($"row {_rowBeingRead}: a field is longer than {MaximumFieldCharacters} characters; is a quote not closed?");
        }
    }

    private CliException Refuse(string what) => new($"{_path}: {what}.", "Nothing was sent.");

    private static bool IsGzip(Stream file)
    {
        Span<byte> magic = stackalloc byte[2];
        var read = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
        file.Position = 0;
        return read == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    }
}
