namespace Splitstream.Stats;

/// <summary>Which side of a distribution a probability is asked for. Named, because <c>1 - p</c> destroys a small p.</summary>
public enum Tail
{
    /// <summary>P(X at most x).</summary>
    Lower,

    /// <summary>P(X greater than x).</summary>
    Upper,
}
