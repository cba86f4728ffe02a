namespace Splitstream.Stats.Sequential;

/// <summary>What a sequential test of two hypotheses says after the values seen so far.</summary>
public enum SequentialDecision
{
    /// <summary>No boundary was reached: go on.</summary>
    Continue,

    /// <summary>The lower boundary was reached first.</summary>
    AcceptNull,

    /// <summary>The upper boundary was reached first.</summary>
    AcceptAlternative,
}
