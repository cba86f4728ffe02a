using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Audit;

/// <summary>Appends to the hash chains of the audit, always inside the transaction of what it tells about.</summary>
public static class AuditWriter
{
    /// <summary>The chain of everything that belongs to no single experiment: keys, metrics, groups.</summary>
    public const string GlobalChain = "global";

    /// <summary>The chain of one experiment.</summary>
    public static string ChainOf(string experimentKey) => $"experiment:{experimentKey}";

    private static readonly byte[] Genesis = new byte[SHA256.HashSizeInBytes];

    /// <summary>Appends one entry.</summary>
    /// <param name="chain">An experiment's key prefixed by <c>experiment:</c>, or <see cref="GlobalChain"/>.</param>
    /// <param name="detailJson">JSON text without unit ids.</param>
    public static async Task AppendAsync(
        NpgsqlConnection connection,
        string chain,
        DateTimeOffset at,
        Actor actor,
        string action,
        string detailJson,
        CancellationToken cancellation)
    {
        await connection.ExecuteAsync("SELECT pg_advisory_xact_lock($1)", cancellation, AdvisoryLocks.Audit);
        var (sequence, previous) = await LastAsync(connection, chain, cancellation);
        // What is hashed is what is stored, or every entry would look forged.
        var instant = at.ToMicros();
        var hash = Hash(previous, chain, sequence + 1, instant, actor.Name, action, detailJson);
        await connection.ExecuteAsync(
            """
            INSERT INTO audit (chain, seq, at, actor, action, detail, previous_hash, hash)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            cancellation, chain, sequence + 1, instant, actor.Name, action, detailJson, previous, hash);
    }

    /// <summary>
    /// SHA-256 over the previous hash and the entry, every text length-prefixed, so that no two entries share an encoding.
    /// </summary>
    public static byte[] Hash(
        ReadOnlySpan<byte> previous, string chain, long sequence, DateTimeOffset at, string actor, string action, string detail)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(previous);
        AppendNumber(hash, sequence);
        AppendNumber(hash, at.UtcTicks);
        foreach (var text in (ReadOnlySpan<string>)[chain, actor, action, detail])
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            AppendNumber(hash, bytes.Length);
            hash.AppendData(bytes);
        }

        return hash.GetHashAndReset();
    }

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        hash.AppendData(bytes);
    }

    private static async Task<(long Sequence, byte[] Hash)> LastAsync(
        NpgsqlConnection connection, string chain, CancellationToken cancellation)
    {
        var last = await connection.QueryAsync(
            "SELECT seq, hash FROM audit WHERE chain = $1 ORDER BY seq DESC LIMIT 1",
            row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)), cancellation, chain);
        return last.Count == 0 ? (0, Genesis) : last[0];
    }
}
