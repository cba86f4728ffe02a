namespace Splitstream.Bucketing;

/// <summary>The identity of a unit: the NFC form of the id that a client sends.</summary>
/// <remarks>
/// Two spellings of one text in different Unicode normal forms are the same unit. Nothing else is folded: case, spaces and
/// compatibility characters count. Equality is ordinal. <c>default</c> is no unit; its <see cref="Value"/> is empty.
/// </remarks>
public readonly record struct UnitId
{
    /// <summary>The greatest length of an id in code points, counted after normalisation; inclusive.</summary>
    public const int MaxCodePoints = 512;

    /// <summary>
    /// UTF-16 units above which no text can normalise to an id that is short enough: a composed code point stands for at most
    /// four decomposed ones (Unicode Standard Annex 15, table 8), each of at most two units.
    /// </summary>
    private const int MaxUnitsBeforeNormalisation = MaxCodePoints * 4 * 2;

    private readonly string? _value;

    private UnitId(string value) => _value = value;

    /// <summary>The id in normalisation form C, 1 to <see cref="MaxCodePoints"/> code points; empty only for <c>default</c>.</summary>
    public string Value => _value ?? "";

    /// <summary>Reads a unit id as a client sent it.</summary>
    /// <param name="text">Any text; null counts as empty.</param>
    /// <param name="id">The identity, or <c>default</c> when refused.</param>
    /// <param name="error">Why the text was refused, or <see cref="UnitIdError.None"/>.</param>
    /// <returns>True when the text is an id.</returns>
    public static bool TryCreate(string? text, out UnitId id, out UnitIdError error)
    {
        id = default;
        error = Check(text);
        if (error != UnitIdError.None)
        {
            return false;
        }

        string value = Nfc.Of(text!);
        if (value.Length > MaxCodePoints && CodePoints(value) > MaxCodePoints)
        {
            error = UnitIdError.TooLong;
            return false;
        }

        id = new UnitId(value);
        return true;
    }

    /// <summary>The id itself.</summary>
    public override string ToString() => Value;

    private static UnitIdError Check(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return UnitIdError.Empty;
        }

        if (text.Length > MaxUnitsBeforeNormalisation)
        {
            return UnitIdError.TooLong;
        }

        if (text.Contains('\0'))
        {
            return UnitIdError.ContainsNul;
        }

        return Nfc.HasLoneSurrogate(text) ? UnitIdError.LoneSurrogate : UnitIdError.None;
    }

    private static int CodePoints(string wellFormed)
    {
        int count = 0;
        foreach (char unit in wellFormed)
        {
            count += char.IsLowSurrogate(unit) ? 0 : 1;
        }

        return count;
    }
}
