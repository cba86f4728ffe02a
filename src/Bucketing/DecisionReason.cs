namespace Splitstream.Bucketing;

/// <summary>Why a unit got its answer, in the order in which the reasons are tried.</summary>
public enum DecisionReason
{
    /// <summary>No experiment has this key.</summary>
    ExperimentNotFound,

    /// <summary>The experiment takes nobody now: draft, paused, stopped without a winner, archived, or closed to new units.</summary>
    NotRunning,

    /// <summary>An override for quality assurance; never analysed.</summary>
    Override,

    /// <summary>The unit was assigned before.</summary>
    Sticky,

    /// <summary>The unit belongs to a holdout.</summary>
    Holdout,

    /// <summary>The experiment was stopped with a winner, which everybody gets.</summary>
    Concluded,

    /// <summary>The unit's attributes do not match the targeting.</summary>
    NotTargeted,

    /// <summary>The unit's bucket in the layer belongs to another experiment or to none.</summary>
    LayerExcluded,

    /// <summary>The unit is outside the experiment's traffic.</summary>
    NotInTraffic,

    /// <summary>Another experiment of the mutex group has claimed the unit.</summary>
    MutexHoldout,

    /// <summary>The unit was assigned now.</summary>
    Assigned,

    /// <summary>No answer could be given, because something it depends on cannot be reached.</summary>
    Unavailable,
}
