using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Splitstream.Stats.Numerics;

namespace Splitstream.Properties;

/// <summary>
/// Random numbers of one run: another generator, and other ways from its bits to values, than the simulation of certificates uses.
/// </summary>
/// <remarks>
/// PCG XSL-RR 128/64 of O'Neill 2014; state and increment are the SHA-256 of seed, stream and run. Normals: Marsaglia 1964.
/// </remarks>
public sealed class Pcg
{
    private static readonly UInt128 Multiplier = new(2549297995355413924, 4865540595714422341);

    private readonly UInt128 _increment;
    private UInt128 _state;
    private double _spare = double.NaN;

    public Pcg(ulong seed, ulong stream, ulong run)
    {
        Span<byte> key = stackalloc byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(key, seed);
        BinaryPrimitives.WriteUInt64LittleEndian(key[8..], stream);
        BinaryPrimitives.WriteUInt64LittleEndian(key[16..], run);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(key, hash);
        _state = BinaryPrimitives.ReadUInt128LittleEndian(hash);
        _increment = BinaryPrimitives.ReadUInt128LittleEndian(hash[16..]) | 1;
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        _state = (_state * Multiplier) + _increment;
        return BitOperations.RotateRight((ulong)(_state >> 64) ^ (ulong)_state, (int)(uint)(_state >> 122));
    }

    /// <summary>In [0, 1), with 53 bits.</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>Standard normal.</summary>
    public double Normal()
    {
        if (!double.IsNaN(_spare))
        {
            var spare = _spare;
            _spare = double.NaN;
            return spare;
        }

        while (true)
        {
            double x = (2 * Uniform()) - 1, y = (2 * Uniform()) - 1, square = (x * x) + (y * y);
            if (square is 0 or >= 1)
                continue;
            var scale = Math.Sqrt(-2 * Elementary.Log(square) / square);
            _spare = y * scale;
            return x * scale;
        }
    }
}
