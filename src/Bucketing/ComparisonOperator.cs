namespace Splitstream.Bucketing;

/// <summary>How a condition compares an attribute with its value.</summary>
/// <remarks>
/// Texts are compared ordinally, case included; types are never converted. A missing attribute matches <see cref="NotExists"/>
/// alone. An attribute of a type that the condition's value does not have matches neither an operator nor its negation, so that a
/// client that sends "5" for 5 is seen as an error and not as a difference. Of a list, the equality and text operators look at
/// every element of the right type: one that matches is enough for the positive ones, and one that equals spoils the negative ones.
/// </remarks>
public enum ComparisonOperator
{
    /// <summary>The attribute, or an element of it, is the value.</summary>
    Equals,

    /// <summary>The attribute has the value's type and is not the value, nor is any element.</summary>
    NotEquals,

    /// <summary>The attribute, or an element of it, is among the values.</summary>
    In,

    /// <summary>The attribute has the type of one of the values and is not among them, nor is any element.</summary>
    NotIn,

    /// <summary>The attribute is a number below the value.</summary>
    LessThan,

    /// <summary>The attribute is a number not above the value.</summary>
    AtMost,

    /// <summary>The attribute is a number above the value.</summary>
    GreaterThan,

    /// <summary>The attribute is a number not below the value.</summary>
    AtLeast,

    /// <summary>The attribute is a text, or a list with a text, in which the value occurs.</summary>
    Contains,

    /// <summary>The attribute is a text, or a list with a text, that begins with the value.</summary>
    StartsWith,

    /// <summary>The attribute is a text, or a list with a text, that ends with the value.</summary>
    EndsWith,

    /// <summary>The attribute is given and not null, whatever its type.</summary>
    Exists,

    /// <summary>The attribute is not given, or null.</summary>
    NotExists,

    /// <summary>The attribute is a version of lower precedence than the value.</summary>
    VersionLessThan,

    /// <summary>The attribute is a version of the value's precedence or a higher one.</summary>
    VersionAtLeast,
}
