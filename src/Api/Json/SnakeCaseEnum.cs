using System.Text.Json;
using System.Text.Json.Serialization;

namespace Splitstream.Api.Json;

/// <summary>Writes the names of an enumeration in snake case, e.g. <c>always_valid</c>.</summary>
public sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
