using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Splitstream.Grains.Interfaces.Analysis;

namespace Splitstream.Grains.Analysis;

/// <summary>What a snapshot is taken for.</summary>
public enum LookKind
{
    /// <summary>On the cadence: the rule may decide.</summary>
    Look,

    /// <summary>Asked for by a person off the cadence: the rule cannot decide.</summary>
    Advisory,

    /// <summary>The look of an experiment that was assigned elsewhere.</summary>
    Import,

    /// <summary>Once after the stop: off the cadence, so that the rule cannot decide any more.</summary>
    Final,
}

/// <summary>The circumstances of one snapshot.</summary>
/// <param name="TakenAt">In whole microseconds, which is what the database keeps.</param>
/// <param name="Cutoff">Units mature whose window closed at or before it; the stop once there was one.</param>
/// <param name="ScheduledAt">When the look was due; time limits of the rule are measured at it, so that a slow server changes nothing.</param>
/// <param name="LookNumber">Null for an advisory snapshot.</param>
/// <param name="History">What earlier looks and checks left behind.</param>
public sealed record LookContext(
    string SnapshotId,
    DateTimeOffset TakenAt,
    DateTimeOffset Cutoff,
    DateTimeOffset ScheduledAt,
    LookKind Kind,
    int? LookNumber,
    int MissedLooks,
    LookHistory History,
    string RuleVersion,
    string EngineVersion);

/// <summary>What a look takes over from earlier ones: running maxima of evidence, and what was decided.</summary>
/// <param name="SrmMaximumLogBayesFactor">Largest log Bayes factor of the sample ratio over all checks; at least 0.</param>
/// <param name="AssignmentMaximumLogBayesFactor">The same for assigned units.</param>
/// <param name="Evidence">Largest log e-values of this protocol version, in the order of metrics and variants.</param>
/// <param name="PausedFor">Guardrails and variants for which this protocol version was paused once; a person resumed it knowing that.</param>
/// <param name="HorizonReached">True when an earlier look of this protocol version was at or beyond the horizon.</param>
/// <param name="Tested">Spending times of the group sequential tests of this protocol version, strictly increasing in (0, 1].</param>
/// <param name="Decided">The decision of an earlier look of this protocol version; null when the rule has not decided.</param>
/// <param name="Seen">
/// Matured units in all at the looks of this protocol version at which the method could have decided, rising; looks that hardly brought
/// more are left out. Null before the first.
/// </param>
/// <param name="TwoSample">Of conversions, in the order of metrics and variants; null before the first look.</param>
public sealed record LookHistory(
    double SrmMaximumLogBayesFactor,
    double AssignmentMaximumLogBayesFactor,
    ImmutableArray<EvidenceMaximum> Evidence,
    ImmutableArray<GuardrailPause> PausedFor,
    bool HorizonReached,
    EarlierDecision? Decided,
    ImmutableArray<double> Tested,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableArray<double>? Seen = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableArray<TwoSampleHistory>? TwoSample = null)
{
    /// <summary>Empty also for histories that were stored before there was any such test.</summary>
    public ImmutableArray<double> Tested { get; init; } = Tested.IsDefault ? [] : Tested;

    /// <summary>Before the first look.</summary>
    public static LookHistory Empty { get; } = new(0, 0, [], [], false, null, []);

    /// <summary>The larger maximum of each: joining what two activations saw, in any order and any number of times.</summary>
    public LookHistory Merge(LookHistory other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var evidence = Evidence.ToList();
        foreach (var entry in other.Evidence)
        {
            var index = evidence.FindIndex(known => known.Concerns(entry));
            if (index < 0)
            {
                evidence.Add(entry);
            }
            else if (entry.MaximumLogEValue > evidence[index].MaximumLogEValue)
            {
                evidence[index] = entry;
            }
        }

        return this with
        {
            SrmMaximumLogBayesFactor = Math.Max(SrmMaximumLogBayesFactor, other.SrmMaximumLogBayesFactor),
            AssignmentMaximumLogBayesFactor = Math.Max(AssignmentMaximumLogBayesFactor, other.AssignmentMaximumLogBayesFactor),
            Evidence = [.. evidence],
            PausedFor = [.. PausedFor.Union(other.PausedFor)],
        };
    }

    /// <summary>The history after a look that was due: a test that was made has spent its alpha.</summary>
    internal LookHistory Spend(GroupSequentialResult? test) => test is null ? this : this with { Tested = Tested.Add(test.SpendingTime) };

    /// <summary>The running maximum of one comparison; 0 before its first look.</summary>
    internal double MaximumOf(string metric, string variant) =>
        Evidence.FirstOrDefault(entry => entry.Metric == metric && entry.Variant == variant)?.MaximumLogEValue ?? 0;
}

/// <param name="MaximumLogEValue">Largest natural log e-value over matured units so far; above 0.</param>
public sealed record EvidenceMaximum(string Metric, string Variant, double MaximumLogEValue)
{
    internal bool Concerns(EvidenceMaximum other) => Metric == other.Metric && Variant == other.Variant;
}

public sealed record GuardrailPause(string Metric, string Variant);

/// <param name="Status"><c>ship</c>, <c>roll_back</c>.</param>
/// <param name="Adjusted">Effects of the deciding look; null for decisions from before they were computed.</param>
public sealed record EarlierDecision(
    int LookNumber,
    string Status,
    string? Variant,
    string Reason,
    double? ExpectedLoss,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableArray<AdjustedEffect>? Adjusted = null);
