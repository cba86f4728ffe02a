using System.Numerics;
using System.Runtime.CompilerServices;

namespace Splitstream.Stats.Calibration;

/// <summary>
/// Random numbers of one simulated run. The stream depends on seed, stream and run alone, so that it does not matter which thread
/// simulates what. A mutable struct: hand it on by reference.
/// </summary>
/// <remarks>xoshiro256++ of Blackman and Vigna 2021, its state filled by SplitMix64 (Steele, Lea and Flood 2014).</remarks>
internal struct RunRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <param name="seed">What the user chose.</param>
    /// <param name="stream">Which simulation of those under one seed.</param>
    /// <param name="run">Which run of it.</param>
    public RunRandom(ulong seed, ulong stream, ulong run)
    {
        var state = Mix(Mix(Mix(seed) + stream) + run);
        _s0 = Split(ref state);
        _s1 = Split(ref state);
        _s2 = Split(ref state);
        _s3 = Split(ref state);
    }

    /// <summary>64 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Next()
    {
        var result = BitOperations.RotateLeft(_s0 + _s3, 23) + _s0;
        var shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform, strictly between 0 and 1.</summary>
    public double Uniform() => ((Next() >> 12) + 0.5) * (1.0 / (1UL << 52));

    /// <summary>Standard normal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Normal() => Ziggurat.Draw(ref this);

    private static ulong Split(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        return Mix(state);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
