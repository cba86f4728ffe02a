using System.Text;
using Microsoft.AspNetCore.Http;
using Splitstream.Api.Problems;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Catalog;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Auth;

/// <summary>
/// Admits people to pages that only administrators may see: the browser asks for a user and a password (RFC 7617), which are any user and
/// the secret of an admin key. Guesses are limited and revocations followed as everywhere.
/// </summary>
public sealed class AdminInBrowser
{
    private const string Scheme = "Basic ";
    private const string Challenge = "Basic realm=\"Splitstream: the secret of an admin key as password\", charset=\"UTF-8\"";

    /// <summary>More than any secret takes.</summary>
    private const int CredentialBytes = 512;

    private static readonly Problem Asked = new(ErrorCode.Unauthenticated, "The browser is asked for a password.");

    private readonly KeyGate _gate;
    private readonly IFreshness _freshness;

    internal AdminInBrowser(KeyGate gate, IFreshness freshness) => (_gate, _freshness) = (gate, freshness);

    /// <summary>True for an administrator; otherwise the answer is made: 401 asks for the password, 403 and 429 say why not.</summary>
    /// <exception cref="StorageUnavailableException">Whether the key still holds cannot be known.</exception>
    public async ValueTask<bool> AdmitAsync(HttpContext context)
    {
        await _freshness.EnsureAsync(context.RequestAborted);
        string? password = PasswordOf(context.Request.Headers.Authorization);
        Problem? refusal = password is null ? Asked : _gate.Admit(context, password, ApiScopes.Admin, isForClients: false, out _);
        if (refusal is null)
        {
            return true;
        }

        context.Response.StatusCode = ProblemMap.Status(refusal);
        if (refusal.Code == ErrorCode.Unauthenticated)
        {
            context.Response.Headers.WWWAuthenticate = Challenge;
        }

        return false;
    }

    /// <summary>Null when the browser has not been asked yet; empty when it sent something else.</summary>
    private static string? PasswordOf(string? authorization)
    {
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        Span<byte> credentials = stackalloc byte[CredentialBytes];
        if (!Convert.TryFromBase64String(authorization[Scheme.Length..].Trim(), credentials, out int length))
        {
            return "";
        }

        string text = Encoding.UTF8.GetString(credentials[..length]);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? "" : text[(colon + 1)..];
    }
}
