using Splitstream.Grains.Interfaces.ApiKeys;

namespace Splitstream.Api.ApiKeys;

/// <summary>A new API key. Unknown fields are refused.</summary>
/// <param name="Name">1 to 100 characters; what the audit and the log of views show.</param>
/// <param name="Scopes">At least one of <c>assign</c>, <c>ingest</c>, <c>read</c>, <c>manage</c>, <c>admin</c>.</param>
/// <param name="Project">Ingest ids are unique within it; <c>default</c> when absent.</param>
/// <param name="Origins">Origins of pages that may use the key, e.g. <c>https://shop.example</c>; any when absent or empty.</param>
public sealed record CreateApiKeyRequest(string Name, IReadOnlyList<string> Scopes, string? Project, IReadOnlyList<string>? Origins);

/// <summary>An API key without its secret.</summary>
/// <param name="Id">Public id, shown in lists and in the audit.</param>
/// <param name="RevokedAt">Null while it lives.</param>
public sealed record ApiKeyResponse(
    string Id, string Name, string Project, IReadOnlyList<string> Scopes, IReadOnlyList<string> Origins, DateTime CreatedAt, DateTime? RevokedAt)
{
    internal static ApiKeyResponse From(ApiKey key) => new(
        key.Id, key.Name, key.Project, ApiKeyScopes.Names(key.Scopes), key.Origins, key.CreatedAt.UtcDateTime, key.RevokedAt?.UtcDateTime);
}

/// <summary>A new API key with its secret, which is shown this once.</summary>
public sealed record CreatedApiKeyResponse(
    string Id, string Name, string Project, IReadOnlyList<string> Scopes, IReadOnlyList<string> Origins, DateTime CreatedAt, string Secret);

/// <summary>A page of API keys in the order of their ids.</summary>
/// <param name="NextCursor">Null on the last page.</param>
public sealed record ApiKeyListResponse(IReadOnlyList<ApiKeyResponse> Items, string? NextCursor);
