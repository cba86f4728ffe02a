using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Splitstream.Api.Problems;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Http;

/// <summary>Answers one page of a list that is ordered by a text of each item.</summary>
/// <param name="Name">Name of the list in its cursors.</param>
/// <param name="IsKey">Whether a text can be the key of an item.</param>
/// <param name="KeyOf">The text that orders the list and continues it.</param>
/// <param name="Answer">Makes the answer of the page's items and the next cursor, which is null at the end.</param>
internal sealed record ListPage<TItem, TAnswer>(
    string Name,
    Func<string, bool> IsKey,
    Func<TItem, string> KeyOf,
    Func<IEnumerable<TItem>, string?, TAnswer> Answer,
    JsonTypeInfo<TAnswer> Type)
{
    /// <param name="read">Reads items after a key (exclusive; null for the beginning), up to a number of them.</param>
    public async Task WriteAsync(HttpContext context, Func<int, string?, CancellationToken, Task<IReadOnlyList<TItem>>> read)
    {
        Outcome<PageRequest> page = PageRequest.Read(context.Request, Name, IsKey);
        if (!page.IsOk)
        {
            await ProblemWriter.WriteAsync(context, page.Problem);
            return;
        }

        // One more than asked for tells whether there is another page.
        int limit = page.Value.Limit;
        IReadOnlyList<TItem> items = await read(limit + 1, page.Value.After, context.RequestAborted);
        string? next = items.Count > limit ? Cursor.Encode(Name, KeyOf(items[limit - 1])) : null;
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, Answer(items.Take(limit), next), Type);
    }
}
