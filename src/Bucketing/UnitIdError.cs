namespace Splitstream.Bucketing;

/// <summary>Why a text is not a unit id.</summary>
public enum UnitIdError
{
    /// <summary>The text is a unit id.</summary>
    None,

    /// <summary>The text is missing or has no characters.</summary>
    Empty,

    /// <summary>The normalised text has more than <see cref="UnitId.MaxCodePoints"/> code points.</summary>
    TooLong,

    /// <summary>The text contains U+0000, which PostgreSQL cannot store.</summary>
    ContainsNul,

    /// <summary>The text holds half of a surrogate pair and so has no UTF-8 form.</summary>
    LoneSurrogate,
}
