namespace Splitstream.Stats.Calibration;

/// <summary>How a rule turns evidence into a decision.</summary>
public enum RuleMethod
{
    /// <summary>P(better) or P(worse) than control above a threshold, at every look.</summary>
    Posterior,

    /// <summary>Asymptotic confidence sequence, at every look.</summary>
    AlwaysValid,

    /// <summary>Lan-DeMets alpha spending.</summary>
    GroupSequential,

    /// <summary>One test, at the horizon.</summary>
    FixedHorizon,
}
