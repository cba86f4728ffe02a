using System.Collections.Immutable;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Experiments;

/// <summary>
/// Which edits an experiment may take. Pure. After the start, an edit of weights, traffic or targeting opens an epoch, an edit of what
/// decides opens a protocol version, and both need the caller's confirmation; what rows depend on is frozen.
/// </summary>
public static class ExperimentEditing
{
    /// <summary>The next state, one version on; the same instance when the edit changes nothing; or why it is refused.</summary>
    public static Outcome<ExperimentState> Apply(ExperimentState state, ExperimentEdit edit, DateTimeOffset now)
    {
        if (state.Status is ExperimentStatus.Stopped or ExperimentStatus.Archived)
        {
            return new Problem(
                ErrorCode.IllegalTransition,
                $"Experiment '{state.Key}' is {state.Status.ToString().ToLowerInvariant()} and can no longer be edited.");
        }

        var before = state.Definition;
        var merged = Merge(before, edit);
        if (!merged.IsOk)
        {
            return merged.Problem;
        }

        var after = merged.Value;
        if (Same(before, after))
        {
            return state;
        }

        var next = state with { Definition = after, Version = state.Version + 1 };
        return state.StartedAt is null ? next : ApplyAfterStart(state, next, edit.Confirm, now);
    }

    /// <summary>True when values of units that are already exposed may change with this edit.</summary>
    public static bool ChangesMetrics(ExperimentDefinition before, ExperimentDefinition after) =>
        !before.MetricsByRole().SequenceEqual(after.MetricsByRole());

    private static Outcome<ExperimentState> ApplyAfterStart(
        ExperimentState state, ExperimentState next, bool confirmed, DateTimeOffset now)
    {
        var (before, after) = (state.Definition, next.Definition);
        if (Frozen(before, after) is { } frozen)
        {
            return frozen;
        }

        var weights = !before.Variants.Select(v => v.Weight).SequenceEqual(after.Variants.Select(v => v.Weight));
        var epoch = weights || !before.Traffic.Equals(after.Traffic) || before.TargetingJson != after.TargetingJson;
        var payloads = !before.Variants.Select(v => v.PayloadJson).SequenceEqual(after.Variants.Select(v => v.PayloadJson));
        var protocol = payloads
            || before.PrimaryMetric != after.PrimaryMetric
            || before.Rule != after.Rule
            || !before.Guardrails.SequenceEqual(after.Guardrails);
        if ((epoch || protocol) && !confirmed)
        {
            return new Problem(
                ErrorCode.ConfirmationRequired,
                epoch
                    ? "The edit opens a new epoch: assigned units keep their variant, new units use the new settings. Send confirm: true."
                    : "The edit changes what decides and opens a new protocol version. Send confirm: true.");
        }

        next = next with
        {
            WeightsChanged = state.WeightsChanged || weights,
            ProtocolVersion = state.ProtocolVersion + (protocol ? 1 : 0),
            ProtocolChanged = state.ProtocolChanged || protocol,
        };

        // While paused nobody is assigned, and the resume opens an epoch anyway.
        return epoch && state.Status != ExperimentStatus.Paused ? ExperimentLifecycle.OpenEpoch(next, now) : next;
    }

    private static Problem? Frozen(ExperimentDefinition before, ExperimentDefinition after)
    {
        if (before.MutexGroup != after.MutexGroup)
        {
            return new Problem(ErrorCode.FieldFrozen, "The mutex group cannot change after the first start: units hold claims in it.");
        }

        if (before.Variants.Length != after.Variants.Length)
        {
            return new Problem(ErrorCode.FieldFrozen, "Variants cannot be added after the first start.");
        }

        return before.Control().Key != after.Control().Key
            ? new Problem(ErrorCode.FieldFrozen, "The control cannot change after the first start.")
            : null;
    }

    private static Outcome<ExperimentDefinition> Merge(ExperimentDefinition definition, ExperimentEdit edit)
    {
        var variants = definition.Variants;
        foreach (var change in edit.Variants ?? [])
        {
            variants = MergeVariant(variants, change);
        }

        var merged = definition with
        {
            Name = edit.Name ?? definition.Name,
            Hypothesis = edit.Hypothesis ?? definition.Hypothesis,
            Variants = variants,
            Traffic = edit.Traffic ?? definition.Traffic,
            TargetingJson = edit.Targeting.Or(definition.TargetingJson),
            MutexGroup = edit.MutexGroup.Or(definition.MutexGroup),
            Overrides = edit.Overrides ?? definition.Overrides,
            PrimaryMetric = edit.PrimaryMetric.Or(definition.PrimaryMetric),
            SecondaryMetrics = edit.SecondaryMetrics ?? definition.SecondaryMetrics,
            Guardrails = edit.Guardrails ?? definition.Guardrails,
            Rule = edit.Rule ?? definition.Rule,
            Segments = edit.Segments ?? definition.Segments,
        };
        return ExperimentRules.FindFault(merged) is { } fault ? fault : merged;
    }

    private static ImmutableArray<Variant> MergeVariant(ImmutableArray<Variant> variants, VariantEdit change)
    {
        // Naming another control takes the role from the one that had it.
        if (change.IsControl == true)
        {
            variants = [.. variants.Select(variant => variant with { IsControl = false })];
        }

        var index = variants.Select(variant => variant.Key).ToList().IndexOf(change.Key);
        if (index < 0)
        {
            return variants.Add(new Variant(change.Key, change.Weight ?? 0, change.IsControl ?? false, change.Payload.Value));
        }

        var old = variants[index];
        return variants.SetItem(index, old with
        {
            Weight = change.Weight ?? old.Weight,
            IsControl = change.IsControl ?? old.IsControl,
            PayloadJson = change.Payload.Or(old.PayloadJson),
        });
    }

    /// <summary>Record equality compares arrays by reference; this compares what they hold.</summary>
    private static bool Same(ExperimentDefinition before, ExperimentDefinition after) =>
        before.Variants.SequenceEqual(after.Variants)
        && before.Overrides.SequenceEqual(after.Overrides)
        && before.SecondaryMetrics.SequenceEqual(after.SecondaryMetrics)
        && before.Guardrails.SequenceEqual(after.Guardrails)
        && before.Segments.SequenceEqual(after.Segments)
        && before == after with
        {
            Variants = before.Variants,
            Overrides = before.Overrides,
            SecondaryMetrics = before.SecondaryMetrics,
            Guardrails = before.Guardrails,
            Segments = before.Segments,
        };
}
