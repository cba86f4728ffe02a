using System.Collections.Immutable;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces.ApiKeys;

namespace Splitstream.Api.ApiKeys;

/// <summary>The single scopes and their names.</summary>
internal static class ApiKeyScopes
{
    public static readonly ImmutableArray<ApiScopes> Single = [ApiScopes.Assign, ApiScopes.Ingest, ApiScopes.Read, ApiScopes.Manage, ApiScopes.Admin];

    /// <summary>The names of the scopes in a set.</summary>
    public static ImmutableArray<string> Names(ApiScopes scopes) =>
        [.. Single.Where(scope => scopes.HasFlag(scope)).Select(WireNames<ApiScopes>.Of)];

    /// <summary>The single scope of a name; sets such as <c>all</c> have no name here.</summary>
    public static bool TryParse(string name, out ApiScopes scope) => WireNames<ApiScopes>.TryParse(name, out scope) && Single.Contains(scope);
}
