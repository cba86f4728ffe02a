using System.Text;

namespace Splitstream.Bucketing;

/// <summary>Unicode normalisation form C as the bucketing rule needs it, which is not quite what the framework offers.</summary>
/// <remarks>
/// The framework refuses U+FFFE, a noncharacter that Unicode leaves alone in every normal form. It neither composes nor reorders,
/// so the stretches around it are normalised one by one.
/// </remarks>
internal static class Nfc
{
    private const char FirstToLookAt = '\u0300';
    private const char Noncharacter = '\uFFFE';

    /// <summary>Whether the text needs no look at the Unicode tables: below U+0300 everything is in form C.</summary>
    public static bool IsPlain(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('\0', (char)(FirstToLookAt - 1));

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
