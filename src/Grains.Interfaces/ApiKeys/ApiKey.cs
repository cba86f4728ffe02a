using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Interfaces.ApiKeys;

[Flags]
public enum ApiScopes
{
    None = 0,
    Assign = 1,
    Ingest = 2,
    Read = 4,
    Manage = 8,
    Admin = 16,

    /// <summary>What a client key has; it may be public.</summary>
    Client = Assign | Ingest,
    All = Assign | Ingest | Read | Manage | Admin,
}

/// <summary>An API key as the server knows it: never its secret.</summary>
/// <param name="Id">Public id, shown in lists and in the audit.</param>
/// <param name="Project">Ingest ids are unique within it.</param>
/// <param name="Origins">Origins answered by CORS; empty for any.</param>
public sealed record ApiKey(
    string Id,
    string Name,
    string Project,
    ApiScopes Scopes,
    ImmutableArray<string> Origins,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RevokedAt);

/// <summary>Finds the key of a secret, from memory.</summary>
public interface IApiKeyRing
{
    /// <summary>The live key of this secret, or null. Compares SHA-256 digests, so that time tells nothing of the secret.</summary>
    ApiKey? Find(ReadOnlySpan<char> secret);

    /// <summary>The origins that any live client key allows; null when one allows all.</summary>
    bool AllowsOrigin(string origin);
}

/// <summary>The keys in the database.</summary>
public interface IApiKeyStore
{
    /// <returns>The key and its secret, which is shown this once.</returns>
    Task<(ApiKey Key, string Secret)> CreateAsync(
        string name, string project, ApiScopes scopes, ImmutableArray<string> origins, Actor actor, CancellationToken cancellation);

    Task<IReadOnlyList<ApiKey>> ListAsync(int limit, string? afterId, CancellationToken cancellation);

    /// <summary>Refuses with <see cref="ErrorCode.ApiKeyNotFound"/>; revoking twice is harmless.</summary>
    Task<Outcome<ApiKey>> RevokeAsync(string id, Actor actor, CancellationToken cancellation);
}
