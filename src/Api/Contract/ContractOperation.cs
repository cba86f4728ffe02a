using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.OpenApi;
using Splitstream.Api.ApiKeys;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Contract;

/// <summary>Adds to an operation what the framework does not know: parameters, scopes, and the codes behind each status.</summary>
internal static class ContractOperation
{
    public static void Complete(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        IList<object> metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<RouteContract>().FirstOrDefault() is not { } contract)
        {
            return;
        }

        if (metadata.OfType<RouteBody>().FirstOrDefault() is { } body
            && operation.RequestBody?.Content is { } content
            && content.Remove(RouteDescription.AnyMediaType, out var shape))
        {
            foreach (string mediaType in body.MediaTypes)
            {
                content[mediaType] = shape;
            }
        }

        operation.Parameters = [.. PathParameters(context.Description.RelativePath ?? ""), .. OtherParameters(contract)];
        foreach (IGrouping<int, ErrorCode> group in contract.Refusals.Distinct().GroupBy(ProblemMap.Status))
        {
            if (operation.Responses?.TryGetValue(group.Key.ToString(CultureInfo.InvariantCulture), out IOpenApiResponse? response) == true)
            {
                response.Description = string.Join(", ", group.Select(code => code.ToCode()));
            }
        }

        if (operation.Responses is { } unordered)
        {
            operation.Responses = [];
            foreach ((string status, IOpenApiResponse response) in unordered.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                operation.Responses[status] = response;
            }
        }

        if (contract.AnyOf != ApiScopes.None)
        {
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ContractDocument.SecurityScheme, context.Document)] = [] },
            ];
            string scopes = string.Join(" or ", ApiKeyScopes.Names(contract.AnyOf));
            operation.Description = $"{operation.Description} Scope: {scopes}.".TrimStart();
        }
    }

    private static IEnumerable<IOpenApiParameter> PathParameters(string path) =>
        RoutePatternFactory.Parse(path).Parameters.Select(parameter => new OpenApiParameter
        {
            Name = parameter.Name,
            In = ParameterLocation.Path,
            Required = true,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = parameter.Name is "key" or "experiment" ? Limits.KeyPattern : null },
        });

    private static IEnumerable<IOpenApiParameter> OtherParameters(RouteContract contract)
    {
        if (contract.IsList)
        {
            yield return Parameter("limit", ParameterLocation.Query, "Items at most.", new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Minimum = "1",
                Maximum = Text(Limits.PageMax),
                Default = JsonValue.Create(Limits.PageDefault),
            });
            yield return Parameter("cursor", ParameterLocation.Query, "The nextCursor of the page before.", String());
        }

        if (contract.IfMatch is { } required)
        {
            yield return Parameter("If-Match", ParameterLocation.Header, "The version that the change was made from, e.g. \"3\".", String(), required);
        }

        if (contract.IsIdempotent)
        {
            yield return Parameter("Idempotency-Key", ParameterLocation.Header, "A batch that was answered under this key gets the stored answer.", String());
        }
    }

    private static OpenApiParameter Parameter(string name, ParameterLocation location, string description, OpenApiSchema schema, bool required = false) =>
        new() { Name = name, In = location, Description = description, Required = required, Schema = schema };

    private static OpenApiSchema String() => new() { Type = JsonSchemaType.String };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
