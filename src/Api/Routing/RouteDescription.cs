using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Splitstream.Api.Http;
using Splitstream.Api.Problems;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Routing;

/// <summary>Adds to an endpoint what the published contract says about it. Chained where routes are mapped.</summary>
internal sealed class RouteDescription
{
    private static readonly MethodInfo Shape = typeof(RouteDescription).GetMethod(nameof(Handle), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Stands in the generated contract for the media types of <see cref="RouteBody"/>.</summary>
    public const string AnyMediaType = "*/*";

    private readonly IEndpointConventionBuilder _builder;

    public RouteDescription(IEndpointConventionBuilder builder, string operationId, string tag, string summary, RouteContract contract)
    {
        _builder = builder;
        builder.WithMetadata(Shape, contract);
        builder.WithName(operationId);
        builder.WithTags(tag);
        builder.WithSummary(summary);
        foreach (int status in contract.Refusals.Select(ProblemMap.Status).Distinct().Order())
        {
            builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ProblemResponse), ["application/problem+json"]));
        }
    }

    /// <summary>More about the endpoint than its summary.</summary>
    public RouteDescription Says(string description)
    {
        _builder.WithDescription(description);
        return this;
    }

    /// <summary>The request's body.</summary>
    public RouteDescription Takes<T>(bool isOptional = false, params string[] moreMediaTypes)
    {
        // Routing must not choose by media type: it would hide the route from others, where a problem is to be answered.
        _builder.WithMetadata(new AcceptsMetadata([AnyMediaType], typeof(T), isOptional), new RouteBody([JsonResponse.MediaType, .. moreMediaTypes]));
        return this;
    }

    /// <summary>The answer's body.</summary>
    public RouteDescription Answers<T>(int status = StatusCodes.Status200OK, string mediaType = JsonResponse.MediaType)
    {
        _builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(T), [mediaType]));
        return this;
    }

    /// <summary>An answer without a body.</summary>
    public RouteDescription Answers(int status)
    {
        _builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(void)));
        return this;
    }

    /// <summary>Stands for the handlers, whose parameters say nothing: bodies and parameters are described by metadata.</summary>
    private static Task Handle(HttpContext context) => Task.CompletedTask;
}

/// <summary>What the contract states of an endpoint beyond what the framework has metadata for.</summary>
/// <param name="AnyOf">Scopes one of which the key needs; none for open endpoints.</param>
/// <param name="IsList">Whether it takes <c>limit</c> and <c>cursor</c>.</param>
/// <param name="IfMatch">Whether it takes <c>If-Match</c>: null for no, else whether it must be sent.</param>
/// <param name="IsIdempotent">Whether it takes <c>Idempotency-Key</c>.</param>
/// <param name="Refusals">Codes it may answer with, those of every endpoint included.</param>
internal sealed record RouteContract(
    ApiScopes AnyOf, bool IsList, bool? IfMatch, bool IsIdempotent, IReadOnlyList<ErrorCode> Refusals);

/// <summary>The media types of a request's body.</summary>
internal sealed record RouteBody(IReadOnlyList<string> MediaTypes);
