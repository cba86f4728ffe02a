using System.Collections.Frozen;
using System.Text.Json;

namespace Splitstream.Api.Json;

/// <summary>The names of an enumeration on the wire, in snake case and both directions.</summary>
internal static class WireNames<T>
    where T : struct, Enum
{
    private static readonly FrozenDictionary<string, T> ByName =
        Enum.GetValues<T>().ToFrozenDictionary(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()), StringComparer.Ordinal);

    /// <summary>All names, for messages.</summary>
    public static readonly string All = string.Join(", ", Enum.GetValues<T>().Select(Of));

    public static string Of(T value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static bool TryParse(string name, out T value) => ByName.TryGetValue(name, out value);
}
