using Microsoft.AspNetCore.Http;
using Splitstream.Api.Auth;
using Splitstream.Api.Http;
using Splitstream.Api.Problems;
using Splitstream.Api.Telemetry;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Catalog;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Routing;

/// <summary>Handles a request whose key was admitted.</summary>
/// <param name="key">The caller; null only on open routes and for beacons, whose key is in the body.</param>
internal delegate Task ApiHandler(HttpContext context, ApiKey? key);

/// <summary>
/// One endpoint: who may call it, and what surrounds its handler. It stands in place of middleware, so that a request costs one key check,
/// one handler and one measurement.
/// </summary>
internal sealed class ApiRoute(
    string method, string pattern, RouteAccess access, ApiScopes anyOf, ApiHandler handler, RouteServices services)
{
    private readonly RouteTelemetry _telemetry = new(method, pattern);

    public async Task InvokeAsync(HttpContext context)
    {
        long started = services.Time.GetTimestamp();
        try
        {
            ApiKey? key = null;
            if (access != RouteAccess.Open && !services.Freshness.IsAssured)
            {
                // Keys may have been revoked and configuration changed without this process having heard of it.
                await services.Freshness.EnsureAsync(context.RequestAborted);
            }

            if (access != RouteAccess.Open && !IsBeacon(context))
            {
                Problem? refusal = services.Gate.Admit(context, anyOf, access >= RouteAccess.Clients, out key);
                if (refusal is not null)
                {
                    await RefuseAsync(context, refusal);
                    return;
                }
            }

            await handler(context, key);
        }
        catch (Exception exception)
        {
            await services.Problems.WriteAsync(context, exception);
        }
        finally
        {
            _telemetry.Record(context.Response.StatusCode, services.Time.GetElapsedTime(started));
        }
    }

    private bool IsBeacon(HttpContext context) =>
        access == RouteAccess.ClientsAndBeacons
        && context.Request.Headers.Authorization.Count == 0
        && ContentTypes.IsPlainText(context.Request.ContentType);

    private Task RefuseAsync(HttpContext context, Problem refusal)
    {
        if (access >= RouteAccess.Clients)
        {
            Cors.AnswerRefusal(context, services.Ring);
        }

        return ProblemWriter.WriteAsync(context, refusal);
    }
}

/// <summary>Who may call a route.</summary>
internal enum RouteAccess
{
    /// <summary>Anybody, without a key.</summary>
    Open,

    /// <summary>Servers with a key.</summary>
    Keys,

    /// <summary>Pages too: answers carry CORS headers.</summary>
    Clients,

    /// <summary>Pages too, and text/plain bodies that carry their key.</summary>
    ClientsAndBeacons,
}

/// <summary>What every route needs.</summary>
internal sealed record RouteServices(KeyGate Gate, IApiKeyRing Ring, IFreshness Freshness, ProblemWriter Problems, TimeProvider Time);
