using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Http;

/// <summary>The version of an experiment as a strong entity tag, <c>"7"</c>.</summary>
internal static class EntityTag
{
    private static readonly Problem Required =
        new(ErrorCode.VersionRequired, "If-Match must name the version that this change was made from, e.g. If-Match: \"3\".");

    private static readonly Problem NotOurs =
        new(ErrorCode.StaleVersion, "If-Match is not a version of this experiment. Read it again for the current one.");

    public static string Of(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>The expected version. Refuses without the header or with <c>*</c>; whatever is no tag of ours is stale.</summary>
    public static Outcome<ExpectedVersion> ReadRequired(HttpRequest request) =>
        request.Headers.IfMatch.Count == 0 || request.Headers.IfMatch.ToString().Trim() == "*" ? Required : ReadOptional(request);

    /// <summary>The expected version, or none without the header; <c>*</c> is any version.</summary>
    public static Outcome<ExpectedVersion> ReadOptional(HttpRequest request)
    {
        StringValues header = request.Headers.IfMatch;
        if (header.Count == 0)
        {
            return new ExpectedVersion(null);
        }

        string text = header.ToString().Trim();
        bool isTag = text.Length > 2
            && text[0] == '"'
            && text[^1] == '"'
            && long.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return isTag
            ? new ExpectedVersion(long.Parse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture))
            : text == "*" ? new ExpectedVersion(null) : NotOurs;
    }
}

/// <param name="Version">Null for any.</param>
internal sealed record ExpectedVersion(long? Version);
