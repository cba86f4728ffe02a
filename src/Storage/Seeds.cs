using System.Security.Cryptography;
using Splitstream.Bucketing;

namespace Splitstream.Storage;

/// <summary>Makes seeds from the operating system's generator; a seed is never chosen by a client and never changed.</summary>
public static class Seeds
{
    private const int SeedBytes = 32;

    public static BucketingSeed Create() => BucketingSeed.FromBytes(RandomNumberGenerator.GetBytes(SeedBytes));
}
