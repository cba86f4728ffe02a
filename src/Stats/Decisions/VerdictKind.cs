namespace Splitstream.Stats.Decisions;

/// <summary>What a look comes to.</summary>
public enum VerdictKind
{
    /// <summary>No treatment is proven better or worse.</summary>
    Undecided,

    /// <summary>The best treatment that is proven better is taken.</summary>
    Ship,

    /// <summary>The best treatment is proven better, and a guardrail stands in its way.</summary>
    Blocked,

    /// <summary>Every treatment is proven worse.</summary>
    RollBack,

    /// <summary>Some treatments, and not all, are proven worse.</summary>
    Drop,
}
