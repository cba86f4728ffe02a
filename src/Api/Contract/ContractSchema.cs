using System.Text.Json.Serialization.Metadata;
using Microsoft.OpenApi;

namespace Splitstream.Api.Contract;

/// <summary>States which fields must be there: of a request those that cannot be null, of an answer those that are always written.</summary>
internal static class ContractSchema
{
    public static void Complete(OpenApiSchema schema, JsonTypeInfo type)
    {
        if (schema.Required is not { Count: > 0 } required)
        {
            return;
        }

        bool isRequest = type.Type.Name.Contains("Request", StringComparison.Ordinal) || type.Type == typeof(Assignments.AssignUnit);
        foreach (JsonPropertyInfo property in type.Properties)
        {
            bool mayBeAbsent = isRequest ? property.IsGetNullable : property.ShouldSerialize is not null;
            if (mayBeAbsent)
            {
                required.Remove(property.Name);
            }
        }
    }
}
