using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Splitstream.Grains.Interfaces.ApiKeys;

namespace Splitstream.Api.Auth;

/// <summary>Cross-origin answers of the endpoints that pages call with a client key.</summary>
internal static class Cors
{
    /// <summary>Seconds for which a browser may remember a preflight.</summary>
    private const string MaxAgeSeconds = "600";

    /// <summary>Marks the answer as readable for the page that asked, if the key allows its origin.</summary>
    /// <returns>False when the request comes from a page whose origin the key does not allow.</returns>
    public static bool Answer(HttpContext context, ApiKey key)
    {
        StringValues origin = context.Request.Headers.Origin;
        if (origin.Count == 0)
        {
            return true;
        }

        if (!key.Origins.IsDefaultOrEmpty && !key.Origins.Contains(origin.ToString(), StringComparer.OrdinalIgnoreCase))
        {
            context.Response.Headers.Vary = "Origin";
            return false;
        }

        Allow(context, origin);
        return true;
    }

    /// <summary>Lets a page read why it was refused before a key was known, if any live key allows its origin.</summary>
    public static void AnswerRefusal(HttpContext context, IApiKeyRing ring)
    {
        StringValues origin = context.Request.Headers.Origin;
        if (origin.Count == 1 && context.Response.Headers.AccessControlAllowOrigin.Count == 0 && ring.AllowsOrigin(origin.ToString()))
        {
            Allow(context, origin);
        }
    }

    /// <summary>Answers a preflight, which carries no key: allowed when any live client key allows the origin.</summary>
    public static Task PreflightAsync(HttpContext context, IApiKeyRing ring, string methods)
    {
        StringValues origin = context.Request.Headers.Origin;
        IHeaderDictionary headers = context.Response.Headers;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        headers.Allow = methods;
        if (origin.Count == 1 && ring.AllowsOrigin(origin.ToString()))
        {
            Allow(context, origin);
            headers.AccessControlAllowMethods = methods;
            headers.AccessControlAllowHeaders = "authorization, content-type, idempotency-key";
            headers.AccessControlMaxAge = MaxAgeSeconds;
        }

        return Task.CompletedTask;
    }

    private static void Allow(HttpContext context, StringValues origin)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlExposeHeaders = "Retry-After";
        headers.Vary = "Origin";
    }
}
