using System.Text;

namespace Splitstream.Api.Assignments;

/// <summary>
/// Strings of experiment keys, which every request names again: the last one seen per slot is handed out instead of a new string. Bounded;
/// a collision costs an allocation and nothing else.
/// </summary>
internal static class KeyStrings
{
    private const int Slots = 1024;

    private const int KeyMaxBytes = 100;

    private static readonly string?[] Kept = new string?[Slots];

    /// <summary>The text of unescaped, valid UTF-8.</summary>
    /// <param name="keep">False for texts that seldom come again, such as unit ids.</param>
    public static string Get(ReadOnlySpan<byte> utf8, bool keep)
    {
        if (!keep || utf8.Length is 0 or > KeyMaxBytes)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        var hash = new HashCode();
        hash.AddBytes(utf8);
        ref string? slot = ref Kept[(uint)hash.ToHashCode() % Slots];
        string? known = Volatile.Read(ref slot);

        // Equals is false for whatever is not ASCII, so that such texts are simply made anew.
        if (known is not null && Ascii.Equals(utf8, known))
        {
            return known;
        }

        string text = Encoding.UTF8.GetString(utf8);
        Volatile.Write(ref slot, text);
        return text;
    }
}
