using System.Collections.Immutable;
using System.Security.Cryptography;
using Npgsql;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Storage.Audit;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.ApiKeys;

/// <summary>API keys in the database: only the SHA-256 of a secret is ever stored.</summary>
public sealed class ApiKeyStore(NpgsqlDataSource database, ConfigurationChange configuration, TimeProvider time) : IApiKeyStore
{
    private const string Columns = "SELECT key_id, name, project, scopes, origins, created_at, revoked_at FROM api_keys";
    private const int IdBytes = 6;
    private const int SecretBytes = 32;

    public async Task<(ApiKey Key, string Secret)> CreateAsync(
        string name, string project, ApiScopes scopes, ImmutableArray<string> origins, Actor actor, CancellationToken cancellation)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        var secret = $"sps_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes))}";
        var key = new ApiKey(id, name, project, scopes, origins, time.GetMicros(), null);
        await configuration.ApplyAsync<ApiKey>(
            async connection =>
            {
                await connection.ExecuteAsync(
                    """
                    INSERT INTO api_keys (key_id, name, project, scopes, origins, secret_hash, created_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7)
                    """,
                    cancellation,
                    id, name, project, (int)scopes, origins.ToArray(), ApiKeyRing.Digest(secret), key.CreatedAt);
                await AuditAsync(connection, key, "api_key.created", key.CreatedAt, actor, cancellation);
                return key;
            },
            cancellation);
        return (key, secret);
    }

    public async Task<IReadOnlyList<ApiKey>> ListAsync(int limit, string? afterId, CancellationToken cancellation) =>
        await database.QueryAsync($"{Columns} WHERE key_id > $1 ORDER BY key_id LIMIT $2", Read, cancellation, afterId ?? "", limit);

    public async Task<Outcome<ApiKey>> RevokeAsync(string id, Actor actor, CancellationToken cancellation)
    {
        var now = time.GetMicros();
        var revoked = await configuration.ApplyAsync<ApiKey>(
            async connection =>
            {
                var changed = await connection.ExecuteAsync(
                    "UPDATE api_keys SET revoked_at = $2 WHERE key_id = $1 AND revoked_at IS NULL", cancellation, id, now);
                var key = (await connection.QueryAsync($"{Columns} WHERE key_id = $1", Read, cancellation, id)).SingleOrDefault();
                if (key is not null && changed > 0)
                {
                    await AuditAsync(connection, key, "api_key.revoked", now, actor, cancellation);
                }

                return key;
            },
            cancellation);
        return revoked is null ? new Problem(ErrorCode.ApiKeyNotFound, $"There is no API key with id '{id}'.") : revoked;
    }

    /// <summary>Every live key with the digest of its secret.</summary>
    public Task<List<(ApiKey Key, byte[] Digest)>> LoadLiveAsync(CancellationToken cancellation) =>
        database.QueryAsync(
            """
            SELECT key_id, name, project, scopes, origins, created_at, revoked_at, secret_hash FROM api_keys WHERE revoked_at IS NULL
            """,
            row => (Read(row), row.GetFieldValue<byte[]>(7)),
            cancellation);

    private static Task AuditAsync(
        NpgsqlConnection connection, ApiKey key, string action, DateTimeOffset at, Actor actor, CancellationToken cancellation) =>
        AuditWriter.AppendAsync(
            connection,
            AuditWriter.GlobalChain,
            at,
            actor,
            action,
            ConfigurationJson.WriteForReaders(new { key.Id, key.Name, key.Project, Scopes = key.Scopes.ToString() }),
            cancellation);

    private static ApiKey Read(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        row.GetString(2),
        (ApiScopes)row.GetInt32(3),
        [.. row.GetFieldValue<string[]>(4)],
        row.GetFieldValue<DateTimeOffset>(5),
        row.GetNullable<DateTimeOffset?>(6));
}
