using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Splitstream.Cli.Import;

/// <summary>
/// Which units a file holds and in which variants, in a few dozen bytes a unit. Units are told apart by 128 bits of
/// SHA-256 over their NFC form; two of ten million coincide with probability 1e-25.
/// </summary>
public sealed class UnitTable
{
    private readonly Dictionary<UInt128, Entry> _units = [];

    public int Count => _units.Count;

    /// <summary>What a row adds to what was known of its unit.</summary>
    public enum Addition
    {
        /// <summary>The unit's first row.</summary>
        First,

        /// <summary>The same variant again with the same values.</summary>
        SameAgain,

        /// <summary>The same variant again with other values; the first row counts.</summary>
        OtherValues,

        /// <summary>A second variant: the unit leaves the analysis.</summary>
        OtherVariant,
    }

    /// <summary>Notes a row while the file is checked.</summary>
    /// <param name="variant">Index of the variant, 0 to 31.</param>
    /// <param name="valuesHash">A hash of the row's metric fields.</param>
    /// <param name="firstConflict">Whether this row is the one that puts the unit into two variants.</param>
    public Addition Add(string unit, int variant, int valuesHash, out bool firstConflict)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_units, KeyOf(unit), out var known);
        var bit = 1u << variant;
        firstConflict = false;
        if (!known)
        {
            entry = new Entry(bit, 0, valuesHash);
            return Addition.First;
        }

        if ((entry.Seen & bit) != 0)
        {
            return entry.ValuesHash == valuesHash ? Addition.SameAgain : Addition.OtherValues;
        }

        firstConflict = uint.IsPow2(entry.Seen);
        entry = entry with { Seen = entry.Seen | bit };
        return Addition.OtherVariant;
    }

    /// <summary>Decides while the file is sent what to send of a row.</summary>
    /// <returns>Whether its exposure is due (a variant of the unit not sent yet), and whether its values are (its first row).</returns>
    public (bool Exposure, bool Values) Take(string unit, int variant)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_units, KeyOf(unit));
        var bit = 1u << variant;
        var due = (Exposure: (entry.Sent & bit) == 0, Values: entry.Sent == 0);
        entry = entry with { Sent = entry.Sent | bit };
        return due;
    }

    private static UInt128 KeyOf(string unit)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(unit), digest);
        return MemoryMarshal.Read<UInt128>(digest);
    }

    private readonly record struct Entry(uint Seen, uint Sent, int ValuesHash);
}
