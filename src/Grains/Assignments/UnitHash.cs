using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Splitstream.Bucketing;

namespace Splitstream.Grains.Assignments;

/// <summary>
/// 128 bits that stand for a unit in the caches of one process. Keyed with random bytes of the process, so that nobody outside can choose
/// ids that collide.
/// </summary>
public static class UnitHash
{
    private const int StackBytes = 1_024;
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(16);

    public static UInt128 Of(UnitId unit)
    {
        var text = unit.Value;
        var most = Key.Length + Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> bytes = most <= StackBytes ? stackalloc byte[StackBytes] : new byte[most];
        Key.CopyTo(bytes);
        var length = Key.Length + Encoding.UTF8.GetBytes(text, bytes[Key.Length..]);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..length], digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }

    /// <summary>The partition, 0 to 15, of the grains that claim for the unit; the same in every process.</summary>
    public static int Partition(UnitId unit)
    {
        var hash = 2_166_136_261u;
        foreach (var character in unit.Value)
        {
            hash = (hash ^ character) * 16_777_619u;
        }

        return (int)((hash ^ (hash >> 16)) & (Partitions - 1));
    }

    /// <summary>How many grains share the units of one experiment or group.</summary>
    public const int Partitions = 16;
}
