namespace Splitstream.Bucketing;

/// <summary>The salt of one randomisation. Made once by the server, then never changed: another seed is another randomisation.</summary>
/// <param name="Value">
/// The text that enters the hash, byte for byte; it is not normalised. The server's own seeds are 64 lower-case hexadecimal digits.
/// </param>
public readonly record struct BucketingSeed(string Value)
{
    /// <summary>How many random bytes make a seed.</summary>
    public const int Length = 32;

    /// <summary>Writes random bytes as a seed.</summary>
    /// <param name="randomBytes">Exactly <see cref="Length"/> bytes from a cryptographic generator.</param>
    /// <exception cref="ArgumentException">There are more or fewer bytes.</exception>
    public static BucketingSeed FromBytes(ReadOnlySpan<byte> randomBytes)
    {
        if (randomBytes.Length != Length)
        {
            throw new ArgumentException($"A seed is made of {Length} bytes, not {randomBytes.Length}.", nameof(randomBytes));
        }

        return new BucketingSeed(Convert.ToHexStringLower(randomBytes));
    }

    /// <summary>The seed's text.</summary>
    public override string ToString() => Value ?? "";
}
