using System.Text;

namespace Splitstream.Bucketing;

/// <summary>Unicode normalisation form C as the bucketing rule needs it, which is not quite what the framework offers.</summary>
/// <remarks>
/// The framework refuses U+FFFE, a noncharacter that Unicode leaves alone in every normal form. It neither composes nor reorders,
/// so the stretches around it are normalised one by one.
/// </remarks>
internal static class Nfc
{
    private const char Noncharacter = '\uFFFE';

    /// <summary>
    /// Whether the text is in form C without a look at the Unicode tables, which the framework cannot take without allocating: every
    /// character is a starter that neither decomposes nor composes with what stands before it.
    /// </summary>
    public static bool IsPlain(ReadOnlySpan<char> text)
    {
        foreach (char unit in text)
        {
            if (unit >= '\u0300' && !IsPlain(unit))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the character belongs to the letters of the scripts that ids are mostly written in.</summary>
    public static bool IsPlain(char unit) => unit is
        < '\u0300'
        or (>= '\u0400' and <= '\u0482') or (>= '\u048A' and <= '\u052F')   // Cyrillic without its marks
        or (>= '\u0620' and <= '\u064A')                                    // Arabic letters
        or (>= '\u3041' and <= '\u3096') or (>= '\u309B' and <= '\u30FF')   // kana without the two voicing marks
        or (>= '\u4E00' and <= '\u9FFF')                                    // ideographs
        or (>= '\uAC00' and <= '\uD7A3');                                   // hangul syllables

    /// <summary>The text in form C; the same instance when it already was.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <exception cref="ArgumentException">A surrogate stands alone.</exception>
    public static string Of(string text)
    {
        if (IsPlain(text))
        {
            return text;
        }

        if (!text.Contains(Noncharacter))
        {
            return text.Normalize(NormalizationForm.FormC);
        }

        string[] stretches = text.Split(Noncharacter);
        for (int i = 0; i < stretches.Length; i++)
        {
            stretches[i] = stretches[i].Normalize(NormalizationForm.FormC);
        }

        return string.Join(Noncharacter, stretches);
    }

    /// <summary>Whether half of a surrogate pair stands alone, so that the text has no UTF-8 form.</summary>
    public static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        int start = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        if (start < 0)
        {
            return false;
        }

        for (int i = start; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
            {
                return true;
            }

            i++;
        }

        return false;
    }
}
