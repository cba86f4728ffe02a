using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Splitstream.Grains.Interfaces.ApiKeys;

namespace Splitstream.Storage.ApiKeys;

/// <summary>The live keys in memory. Reloaded with every change of configuration.</summary>
public sealed class ApiKeyRing(ApiKeyStore store) : IApiKeyRing
{
    /// <summary>No honest secret is longer; hashing megabytes for a guesser would be his denial of service.</summary>
    private const int SecretMaxCharacters = 256;

    private volatile Keys _keys = new(FrozenDictionary<UInt128, (ApiKey, byte[])>.Empty, false, FrozenSet<string>.Empty);

    public ApiKey? Find(ReadOnlySpan<char> secret)
    {
        if (secret.IsEmpty || secret.Length > SecretMaxCharacters)
        {
            return null;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Digest(secret, digest);

        // The look-up by half of a digest tells a guesser nothing that he could not compute; the comparison takes the same time for all.
        return _keys.ByDigest.TryGetValue(BinaryPrimitives.ReadUInt128BigEndian(digest), out var found)
            && CryptographicOperations.FixedTimeEquals(digest, found.Digest)
                ? found.Key
                : null;
    }

    public bool AllowsOrigin(string origin) => _keys.AnyOrigin || _keys.Origins.Contains(origin);

    public async Task ReloadAsync(CancellationToken cancellation)
    {
        var live = await store.LoadLiveAsync(cancellation);
        var clients = live.Select(entry => entry.Key).Where(key => (key.Scopes & ApiScopes.Client) != 0).ToList();
        _keys = new Keys(
            live.ToFrozenDictionary(entry => BinaryPrimitives.ReadUInt128BigEndian(entry.Digest), entry => entry),
            clients.Any(key => key.Origins.IsEmpty),
            clients.SelectMany(key => key.Origins).ToFrozenSet(StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>SHA-256 of the secret's UTF-8 bytes.</summary>
    public static byte[] Digest(string secret)
    {
        var digest = new byte[SHA256.HashSizeInBytes];
        Digest(secret, digest);
        return digest;
    }

    private static void Digest(ReadOnlySpan<char> secret, Span<byte> digest)
    {
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(SecretMaxCharacters)];
        var length = Encoding.UTF8.GetBytes(secret, bytes);
        SHA256.HashData(bytes[..length], digest);
    }

    private sealed record Keys(FrozenDictionary<UInt128, (ApiKey Key, byte[] Digest)> ByDigest, bool AnyOrigin, FrozenSet<string> Origins);
}
