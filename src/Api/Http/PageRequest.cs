using System.Globalization;
using Microsoft.AspNetCore.Http;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Http;

/// <summary>Which page of a list is asked for.</summary>
/// <param name="Limit">Items at most, 1 to <see cref="Limits.PageMax"/>.</param>
/// <param name="After">Key of the last item of the page before; null for the beginning.</param>
internal sealed record PageRequest(int Limit, string? After)
{
    /// <summary>The key as a number, for lists in order of a sequence; zero for the beginning.</summary>
    public long AfterNumber => After is null ? 0 : long.Parse(After, CultureInfo.InvariantCulture);

    /// <summary>Reads <c>limit</c> and <c>cursor</c>.</summary>
    /// <param name="list">Name of the list in its cursors.</param>
    /// <param name="isKey">Whether a text can be the key of an item; a cursor with another one was tampered with.</param>
    public static Outcome<PageRequest> Read(HttpRequest request, string list, Func<string, bool> isKey)
    {
        int limit = Limits.PageDefault;
        if (request.Query["limit"] is [var limitText, ..]
            && (!int.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > Limits.PageMax))
        {
            return Problem.Invalid("/limit", $"The query parameter limit must be a whole number from 1 to {Limits.PageMax}.");
        }

        if (request.Query["cursor"] is not [{ } cursor, ..])
        {
            return new PageRequest(limit, null);
        }

        return Cursor.Decode(list, cursor) is { } after && isKey(after)
            ? new PageRequest(limit, after)
            : Problem.Invalid("/cursor", "The query parameter cursor must be a nextCursor that this list answered.");
    }

    /// <summary>Whether a text is a sequence number, zero or more.</summary>
    public static bool IsNumber(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
