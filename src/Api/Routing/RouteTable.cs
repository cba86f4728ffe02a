using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Splitstream.Api.Auth;
using Splitstream.Api.Problems;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Routing;

/// <summary>Maps the endpoints, and around them what the framework would answer without a body: 404, 405 and preflights.</summary>
internal sealed class RouteTable(IEndpointRouteBuilder endpoints, RouteServices services)
{
    private static readonly ErrorCode[] OfOpenRoutes = [ErrorCode.Internal];
    private static readonly ErrorCode[] OfAllRoutes =
        [ErrorCode.Unauthenticated, ErrorCode.Forbidden, ErrorCode.TooManyRequests, ErrorCode.Unavailable, ErrorCode.Internal];

    private static readonly ErrorCode[] OfBodies =
        [ErrorCode.MalformedRequest, ErrorCode.RequestTooLarge, ErrorCode.UnsupportedMediaType, ErrorCode.ValidationFailed];

    private readonly Dictionary<string, (List<string> Methods, bool IsForClients)> _patterns = new(StringComparer.Ordinal);

    /// <summary>Maps an endpoint that needs no key.</summary>
    public RouteDescription Open(string method, string pattern, ApiHandler handler, string operationId, string tag, string summary) =>
        Map(method, pattern, RouteAccess.Open, ApiScopes.None, handler, operationId, tag, summary, new RouteContract(ApiScopes.None, false, null, false, OfOpenRoutes));

    /// <summary>Maps an endpoint.</summary>
    /// <param name="anyOf">Scopes one of which the key needs.</param>
    /// <param name="refusals">Codes of its own.</param>
    public RouteDescription Map(
        string method,
        string pattern,
        ApiScopes anyOf,
        ApiHandler handler,
        string operationId,
        string tag,
        string summary,
        RouteAccess access = RouteAccess.Keys,
        bool isList = false,
        bool? ifMatch = null,
        bool isIdempotent = false,
        params ErrorCode[] refusals)
    {
        IEnumerable<ErrorCode> all = OfAllRoutes.Concat(refusals);
        all = method is "POST" or "PATCH" ? all.Concat(OfBodies) : all;
        all = isList ? all.Append(ErrorCode.ValidationFailed) : all;
        var contract = new RouteContract(anyOf, isList, ifMatch, isIdempotent, [.. all]);
        return Map(method, pattern, access, anyOf, handler, operationId, tag, summary, contract);
    }

    /// <summary>Closes the table: every mapped pattern answers other methods, and every other path is not found.</summary>
    public void Close()
    {
        foreach ((string pattern, (List<string> methods, bool isForClients)) in _patterns)
        {
            string allowed = string.Join(", ", methods);
            endpoints.Map(pattern, (RequestDelegate)(context => AnswerOtherMethodAsync(context, allowed, isForClients))).ExcludeFromDescription();
        }

        endpoints.MapFallback("{**path}", (RequestDelegate)(context =>
            ProblemWriter.WriteAsync(context, new Problem(ErrorCode.NotFound, "There is nothing at this address.")))).ExcludeFromDescription();
    }

    private RouteDescription Map(
        string method,
        string pattern,
        RouteAccess access,
        ApiScopes anyOf,
        ApiHandler handler,
        string operationId,
        string tag,
        string summary,
        RouteContract contract)
    {
        var route = new ApiRoute(method, pattern, access, anyOf, handler, services);
        IEndpointConventionBuilder builder = endpoints.MapMethods(pattern, [method], (RequestDelegate)route.InvokeAsync);
        if (_patterns.TryGetValue(pattern, out var known))
        {
            known.Methods.Add(method);
        }
        else
        {
            _patterns[pattern] = ([method], access >= RouteAccess.Clients);
        }

        return new RouteDescription(builder, operationId, tag, summary, contract);
    }

    private Task AnswerOtherMethodAsync(HttpContext context, string allowed, bool isForClients)
    {
        if (isForClients && HttpMethods.IsOptions(context.Request.Method))
        {
            return Cors.PreflightAsync(context, services.Ring, allowed);
        }

        context.Response.Headers.Allow = allowed;
        return ProblemWriter.WriteAsync(
            context, new Problem(ErrorCode.MethodNotAllowed, $"This address answers {allowed}, not {context.Request.Method}."));
    }
}
