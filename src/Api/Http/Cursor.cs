using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Splitstream.Api.Http;

/// <summary>Opaque positions in lists: base64url of the list's name and the last item's key. Whatever was tampered with is refused.</summary>
internal static class Cursor
{
    private const int MaxCharacters = 512;

    /// <summary>The cursor after an item.</summary>
    /// <param name="list">Name of the list, so that the cursor of one list means nothing in another.</param>
    /// <param name="last">Key of the last item of the page.</param>
    public static string Encode(string list, string last) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{list}\n{last}"));

    public static string Encode(string list, long last) => Encode(list, last.ToString(CultureInfo.InvariantCulture));

    /// <summary>The key in a cursor, or null when it was not made by <see cref="Encode(string, string)"/> for this list.</summary>
    public static string? Decode(string list, string cursor)
    {
        if (cursor.Length > MaxCharacters || !Base64Url.IsValid(cursor))
        {
            return null;
        }

        try
        {
            string text = Strict.GetString(Base64Url.DecodeFromChars(cursor));
            return text.StartsWith(list + "\n", StringComparison.Ordinal) ? text[(list.Length + 1)..] : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
