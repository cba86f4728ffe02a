using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Splitstream.Bucketing;

/// <summary>
/// The published bucketing rule: SHA-256 over the UTF-8 bytes of <c>NFC(key) ":" NFC(unit) ":" seed</c>, whose first 32 bits,
/// divided by 2^32 - 1, are the bucket. Every SDK computes the same number.
/// </summary>
public static class Bucket
{
    /// <summary>The first 32 bits of the digest, big-endian.</summary>
    /// <param name="key">Key of the experiment (or layer, holdout); any text, may be empty; normalised here.</param>
    /// <param name="unitId">Id of the unit; any text, may be empty; normalised here.</param>
    /// <param name="seed">The bucketing seed; any text, may be empty; not normalised.</param>
    /// <exception cref="ArgumentException">One of the texts holds a lone surrogate; nothing is hashed in its place.</exception>
    public static uint Hash32(string key, string unitId, string seed)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(unitId);
        ArgumentNullException.ThrowIfNull(seed);
        using var text = new Utf8Text(stackalloc byte[Utf8Text.StackBytes]);
        text.AppendNormalised(key, nameof(key));
        text.Append(":"u8);
        text.AppendNormalised(unitId, nameof(unitId));
        text.Append(":"u8);
        text.Append(seed, nameof(seed));
        return (uint)(Digest64(text.Bytes) >> 32);
    }

    /// <summary>The bucket of a hash: <paramref name="hash32"/> / 4294967295 as one double division.</summary>
    /// <returns>A number in the closed interval [0, 1]; both ends occur.</returns>
    public static double FromHash(uint hash32) => hash32 / 4294967295.0;

    /// <summary>The bucket of a unit, in [0, 1]; <see cref="FromHash"/> of <see cref="Hash32"/>, with its parameters and errors.</summary>
    public static double Of(string key, string unitId, string seed) => FromHash(Hash32(key, unitId, seed));

    /// <summary>
    /// Whether this process really normalises. Images built in globalization-invariant mode leave every text as it is, without an
    /// error, and would give the two spellings of one id different variants; a server checks this before it serves.
    /// </summary>
    public static bool NormalisationWorks()
    {
        try
        {
            return Composes("cafe\u0301", "caf\u00e9") && Composes("\u1112\u1161\u11ab", "\ud55c") && Composes("\u212b", "\u00c5");
        }
        catch (PlatformNotSupportedException)
        {
            return false;
        }
    }

    /// <summary>The first 64 bits of the SHA-256 digest of the bytes, big-endian.</summary>
    internal static ulong Digest64(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }

    private static bool Composes(string decomposed, string composed) =>
        string.Equals(decomposed.Normalize(NormalizationForm.FormC), composed, StringComparison.Ordinal);
}
