using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Auth;

/// <summary>Checks API keys and their scopes, from memory.</summary>
internal sealed class KeyGate(IApiKeyRing ring, GuessLimiter guesses)
{
    private const string Scheme = "Bearer ";

    /// <summary>Secrets are far shorter; a longer one is refused unread.</summary>
    private const int SecretMaxCharacters = 256;

    private static readonly Problem NoKey = new(ErrorCode.Unauthenticated, "Send an API key: Authorization: Bearer <key>.");
    private static readonly Problem WrongKey = new(ErrorCode.Unauthenticated, "The API key is unknown or revoked.");

    private static readonly Problem SlowDown =
        new(ErrorCode.TooManyRequests, "Too many requests with unknown API keys came from this address. Wait before trying again.");

    private static readonly Problem WrongOrigin = new(ErrorCode.Forbidden, "The API key does not allow requests from pages of this origin.");

    /// <summary>Finds the key of a request and checks that it has one of the scopes.</summary>
    public Problem? Admit(HttpContext context, ApiScopes anyOf, bool isForClients, out ApiKey? key)
    {
        key = null;
        StringValues header = context.Request.Headers.Authorization;
        if (header.Count == 0)
        {
            return NoKey;
        }

        string? text = header.Count == 1 ? header[0] : null;
        return text is not null && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? Admit(context, text.AsSpan(Scheme.Length).Trim(), anyOf, isForClients, out key)
            : NoKey;
    }

    /// <summary>The same for a secret that came otherwise: in the body of a beacon.</summary>
    public Problem? Admit(HttpContext context, ReadOnlySpan<char> secret, ApiScopes anyOf, bool isForClients, out ApiKey? key)
    {
        key = secret.IsEmpty || secret.Length > SecretMaxCharacters ? null : ring.Find(secret);
        if (key is null)
        {
            return guesses.TryFail(context.Connection.RemoteIpAddress) ? WrongKey : SlowDown;
        }

        if ((key.Scopes & anyOf) == 0)
        {
            return new Problem(ErrorCode.Forbidden, $"The API key lacks the scope {Names(anyOf)}.");
        }

        return isForClients && !Cors.Answer(context, key) ? WrongOrigin : null;
    }

    private static string Names(ApiScopes scopes) =>
        string.Join(" or ", Enum.GetValues<ApiScopes>().Where(scope => IsSingle(scope) && scopes.HasFlag(scope)).Select(WireNames<ApiScopes>.Of));

    private static bool IsSingle(ApiScopes scope) => int.IsPow2((int)scope);
}
