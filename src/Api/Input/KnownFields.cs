using System.Collections.Frozen;
using System.Text.Json.Serialization.Metadata;

namespace Splitstream.Api.Input;

/// <summary>The names of the fields of a request, taken from the record that the published contract is generated from.</summary>
internal static class KnownFields
{
    public static FrozenSet<string> Of(JsonTypeInfo type) => type.Properties.Select(property => property.Name).ToFrozenSet(StringComparer.Ordinal);
}
