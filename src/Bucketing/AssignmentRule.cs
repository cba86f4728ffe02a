using System.Globalization;

namespace Splitstream.Bucketing;

/// <summary>
/// The order in which an assignment is decided; the first step that applies answers. Not running, override, sticky row, closed to
/// new units, holdout, concluded, targeting, layer, traffic, then the claim and the bucket. Whether the experiment exists at all is
/// the caller's step before these. Pure: it reads no clock, draws no number and writes nothing.
/// </summary>
public static class AssignmentRule
{
    /// <summary>Decides for one unit. Allocates nothing unless targeting has to read texts from JSON.</summary>
    /// <param name="input">The experiment.</param>
    /// <param name="unit">The unit.</param>
    /// <param name="attributes">What the client tells about it.</param>
    /// <param name="stickyVariant">Index of the variant in the unit's committed row, or null when it has none.</param>
    public static Decision Decide(RuleInput input, UnitId unit, in AttributeSet attributes, int? stickyVariant) =>
        Walk(input, unit, attributes, stickyVariant, null);

    /// <summary>Decides as <see cref="Decide"/> does and tells every step taken, the last of which applied.</summary>
    public static (Decision Decision, IReadOnlyList<DecisionStep> Steps) Explain(
        RuleInput input, UnitId unit, in AttributeSet attributes, int? stickyVariant)
    {
        var steps = new List<DecisionStep>();
        Decision decision = Walk(input, unit, attributes, stickyVariant, steps);
        return (decision, steps);
    }

    private static Decision Walk(RuleInput input, UnitId unit, in AttributeSet attributes, int? stickyVariant, List<DecisionStep>? steps)
    {
        bool off = input.Status is ExperimentStatus.Draft or ExperimentStatus.Paused or ExperimentStatus.Archived
            || (input.Status == ExperimentStatus.Stopped && input.ConcludedVariant is null);
        steps?.Add(new(DecisionReason.NotRunning, off, $"the experiment is {Lower(input.Status)}"));
        if (off)
        {
            return Decision.None(DecisionReason.NotRunning);
        }

        bool overridden = input.Overrides.TryGetValue(unit.Value, out int overrideVariant);
        steps?.Add(new(DecisionReason.Override, overridden, overridden ? $"the unit is set to {Key(input, overrideVariant)}" : "no override"));
        if (overridden)
        {
            return Decision.Final(DecisionReason.Override, overrideVariant);
        }

        steps?.Add(new(DecisionReason.Sticky, stickyVariant is not null, stickyVariant is { } row ? $"assigned {Key(input, row)}" : "no row"));
        if (stickyVariant is { } sticky)
        {
            return Decision.Final(DecisionReason.Sticky, sticky);
        }

        if (input.Status == ExperimentStatus.Closed)
        {
            steps?.Add(new(DecisionReason.NotRunning, true, "the experiment is closed to new units"));
            return Decision.None(DecisionReason.NotRunning);
        }

        Holdout? holdout = HoldoutOf(input, unit);
        steps?.Add(new(DecisionReason.Holdout, holdout is not null, holdout is null ? "in no holdout" : $"in holdout {holdout.Key}"));
        if (holdout is not null)
        {
            return Decision.None(DecisionReason.Holdout);
        }

        bool concluded = input.Status == ExperimentStatus.Stopped;
        steps?.Add(new(DecisionReason.Concluded, concluded, concluded ? $"the winner is {Key(input, input.ConcludedVariant!.Value)}" : "no winner yet"));
        if (concluded)
        {
            return Decision.Final(DecisionReason.Concluded, input.ConcludedVariant!.Value);
        }

        return WalkAdmission(input, unit, attributes, steps);
    }

    private static Decision WalkAdmission(RuleInput input, UnitId unit, in AttributeSet attributes, List<DecisionStep>? steps)
    {
        bool targeted = input.Targeting.Matches(attributes);
        steps?.Add(new(DecisionReason.NotTargeted, !targeted, TargetingText(input.Targeting, attributes, targeted)));
        if (!targeted)
        {
            return Decision.None(DecisionReason.NotTargeted);
        }

        bool inSlot = input.Slot is null || input.Slot.Contains(unit);
        steps?.Add(new(DecisionReason.LayerExcluded, !inSlot, SlotText(input.Slot, unit)));
        if (!inSlot)
        {
            return Decision.None(DecisionReason.LayerExcluded);
        }

        bool admitted = input.Traffic.Admits(unit);
        steps?.Add(new(
            DecisionReason.NotInTraffic,
            !admitted,
            $"traffic bucket {Number(input.Traffic.BucketOf(unit))} of traffic {Number(input.Traffic.Traffic)}"));
        if (!admitted)
        {
            return Decision.None(DecisionReason.NotInTraffic);
        }

        double bucket = input.Hasher.BucketOf(unit);
        int variant = input.Split.Choose(bucket);
        steps?.Add(new(DecisionReason.MutexHoldout, false, input.MutexGroup is null ? "in no mutex group" : $"needs a claim in {input.MutexGroup}"));
        steps?.Add(new(DecisionReason.Assigned, true, $"bucket {Number(bucket)} is {Key(input, variant)}"));
        return Decision.Claim(variant);
    }

    private static Holdout? HoldoutOf(RuleInput input, UnitId unit)
    {
        foreach (Holdout holdout in input.Holdouts)
        {
            if (holdout.Holds(unit))
            {
                return holdout;
            }
        }

        return null;
    }

    private static string TargetingText(TargetingRule targeting, in AttributeSet attributes, bool matched)
    {
        if (targeting.MatchesEveryone)
        {
            return "no targeting";
        }

        var conditions = targeting.Explain(attributes)
            .Select(o => $"{o.Attribute} {o.Operator} {o.Expected}, found {o.Found}: {(o.Matched ? "yes" : "no")}");
        return $"the attributes {(matched ? "match" : "do not match")} ({string.Join("; ", conditions)})";
    }

    private static string SlotText(LayerSlot? slot, UnitId unit) => slot is null
        ? "in no layer"
        : $"bucket {Number(slot.Layer.BucketOf(unit))} of layer {slot.Layer.Key}, slot from {Number(slot.From)} to {Number(slot.To)}";

    private static string Key(RuleInput input, int variant) => input.Split.Variants[variant].Key;

    private static string Lower(ExperimentStatus status) => status.ToString().ToLowerInvariant();

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
