namespace Splitstream.Bucketing;

/// <summary>The types that targeting distinguishes in an attribute.</summary>
public enum AttributeKind
{
    /// <summary>Not given, or null.</summary>
    Missing,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A finite number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A list of texts, numbers and booleans.</summary>
    List,

    /// <summary>Something no condition can compare: an object, a list in a list, a number beyond a double, malformed text.</summary>
    Other,
}
