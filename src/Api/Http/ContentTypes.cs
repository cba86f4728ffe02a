using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Http;

/// <summary>The media types of request bodies.</summary>
internal static class ContentTypes
{
    public static readonly Problem Unsupported =
        new(ErrorCode.UnsupportedMediaType, "The body must be sent as application/json in UTF-8; exposures and events also as text/plain.");

    /// <summary>Whether this is <c>application/json</c>, with no other charset than UTF-8.</summary>
    public static bool IsJson(string? contentType) => Is(contentType, "application/json");

    /// <summary>Whether this is <c>text/plain</c>, which browsers send without asking first: beacons.</summary>
    public static bool IsPlainText(string? contentType) => Is(contentType, "text/plain");

    private static bool Is(string? contentType, string expected)
    {
        if (contentType is null || !contentType.StartsWith(expected, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> rest = contentType.AsSpan(expected.Length).Trim();
        if (rest.IsEmpty)
        {
            return true;
        }

        if (rest[0] != ';')
        {
            return false;
        }

        int charset = rest.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        return charset < 0 || rest[(charset + "charset=".Length)..].TrimStart('"').StartsWith("utf-8", StringComparison.OrdinalIgnoreCase);
    }
}
