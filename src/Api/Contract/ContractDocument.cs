using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Splitstream.Api.Contract;

/// <summary>The published contract, OpenAPI 3.1, generated from the endpoints and their records.</summary>
internal static class ContractDocument
{
    public const string Name = "v1";

    public const string SecurityScheme = "apiKey";

    public static void Configure(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            ContractSchema.Complete(schema, context.JsonTypeInfo);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            ContractOperation.Complete(operation, context);
            return Task.CompletedTask;
        });
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Splitstream",
            Version = Name,
            Description =
                "A/B tests whose every number carries its evidence. Errors are RFC 9457 problem details with a stable code; docs/errors.md " +
                "has a paragraph for each. Lists page by cursor. Times are RFC 3339 in UTC.",
            License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };

        // The address is the reader's business; the contract is the same everywhere.
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[SecurityScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "An API key. Scopes: assign, ingest (client keys have these two and may be public), read, manage, admin.",
        };
    }
}
