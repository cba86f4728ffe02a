using System.Text;

namespace Splitstream.Storage.Events;

/// <summary>Whether PostgreSQL can store a text: it has a UTF-8 form and no U+0000.</summary>
internal static class StorableText
{
    /// <summary>The first fault; null when there is none. A null text has none.</summary>
    public static string? FindFault(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (text is null)
            {
                continue;
            }

            if (text.Contains('\0'))
            {
                return "Text must not contain U+0000.";
            }

            if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0 && !IsWellFormed(text))
            {
                return "Text must not contain lone surrogates.";
            }
        }

        return null;
    }

    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var consumed) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            text = text[consumed..];
        }

        return true;
    }
}
