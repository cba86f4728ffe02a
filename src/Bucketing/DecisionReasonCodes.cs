namespace Splitstream.Bucketing;

/// <summary>The names of <see cref="DecisionReason"/> on the wire and in tables.</summary>
public static class DecisionReasonCodes
{
    /// <summary>The reason in snake case.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is no reason.</exception>
    public static string ToCode(this DecisionReason reason) => reason switch
    {
        DecisionReason.ExperimentNotFound => "experiment_not_found",
        DecisionReason.NotRunning => "not_running",
        DecisionReason.Override => "override",
        DecisionReason.Sticky => "sticky",
        DecisionReason.Holdout => "holdout",
        DecisionReason.Concluded => "concluded",
        DecisionReason.NotTargeted => "not_targeted",
        DecisionReason.LayerExcluded => "layer_excluded",
        DecisionReason.NotInTraffic => "not_in_traffic",
        DecisionReason.MutexHoldout => "mutex_holdout",
        DecisionReason.Assigned => "assigned",
        DecisionReason.Unavailable => "unavailable",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Unknown reason."),
    };
}
