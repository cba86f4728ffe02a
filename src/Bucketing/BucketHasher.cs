namespace Splitstream.Bucketing;

/// <summary>
/// <see cref="Bucket"/> prepared for one key and seed: both are normalised and encoded once, so that a call costs the digest of a
/// few bytes and allocates nothing. Immutable and safe for concurrent use.
/// </summary>
public sealed class BucketHasher
{
    private readonly byte[] _before;
    private readonly byte[] _after;

    /// <summary>Prepares the bytes that stand before and after the unit id.</summary>
    /// <param name="key">Key of the experiment, layer, holdout or mutex member; normalised here.</param>
    /// <param name="seed">The seed; not normalised.</param>
    /// <exception cref="ArgumentException">Key or seed holds a lone surrogate.</exception>
    public BucketHasher(string key, BucketingSeed seed)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(seed.Value, nameof(seed));
        using (var text = new Utf8Text(stackalloc byte[Utf8Text.StackBytes]))
        {
            text.AppendNormalised(key, nameof(key));
            text.Append(":"u8);
            _before = text.Bytes.ToArray();
        }

        using (var text = new Utf8Text(stackalloc byte[Utf8Text.StackBytes]))
        {
            text.Append(":"u8);
            text.Append(seed.Value, nameof(seed));
            _after = text.Bytes.ToArray();
        }
    }

    /// <summary>The unit's hash under this key and seed; equal to <see cref="Bucket.Hash32"/>.</summary>
    public uint Hash32(UnitId unit) => (uint)(Hash64(unit) >> 32);

    /// <summary>The unit's bucket under this key and seed, in the closed interval [0, 1].</summary>
    public double BucketOf(UnitId unit) => Bucket.FromHash(Hash32(unit));

    /// <summary>The first 64 bits of the same digest, of which <see cref="Hash32"/> is the upper half.</summary>
    public ulong Hash64(UnitId unit)
    {
        using var text = new Utf8Text(stackalloc byte[Utf8Text.StackBytes]);
        text.Append(_before);
        text.Append(unit.Value, nameof(unit));
        text.Append(_after);
        return Bucket.Digest64(text.Bytes);
    }
}
