namespace Splitstream.Storage.Analysis;

/// <summary>A stored snapshot.</summary>
/// <param name="ExperimentId">Database identity of the experiment.</param>
/// <param name="LookNumber">Null for an advisory snapshot.</param>
/// <param name="TakenAt">In whole microseconds.</param>
/// <param name="Inputs">Canonical text of what it was computed from.</param>
/// <param name="Body">Canonical text of the result.</param>
public sealed record SnapshotRow(
    string SnapshotId,
    long ExperimentId,
    string Experiment,
    int? LookNumber,
    DateTimeOffset TakenAt,
    string InputHash,
    string MetricHash,
    string RuleVersion,
    string EngineVersion,
    string Decision,
    long AsOfAggregation,
    string Inputs,
    string Body);

/// <summary>A stored look.</summary>
/// <param name="Kind"><c>look</c>, <c>final</c> or <c>import</c>.</param>
/// <param name="ScheduledAt">When it was due; the next one is due one cadence later.</param>
/// <param name="Missed">Looks that were due before and were not taken.</param>
/// <param name="Pauses">True when it found a guardrail harmed, so that the experiment must be paused.</param>
/// <param name="History">Text of what the next look takes over.</param>
public sealed record LookRow(
    int LookNumber,
    string SnapshotId,
    string Kind,
    DateTimeOffset ScheduledAt,
    DateTimeOffset TakenAt,
    int Missed,
    int ProtocolVersion,
    bool Pauses,
    string History);
