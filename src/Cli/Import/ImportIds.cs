using System.Security.Cryptography;
using System.Text;

namespace Splitstream.Cli.Import;

/// <summary>
/// Ids that say what they stand for: the same row gives the same id on every machine and every run, so the server
/// recognises what it has. 128 bits of SHA-256 in hexadecimal.
/// </summary>
public static class ImportIds
{
    private const int Bytes = 16;

    public static string Exposure(string experiment, string unit, string variant) => Of("exposure", experiment, unit, variant);

    public static string Event(string experiment, string unit, string column) => Of("event", experiment, unit, column);

    /// <summary>Parts are joined by NUL, which none of them can contain.</summary>
    private static string Of(params string[] parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))).AsSpan(0, Bytes));
}
