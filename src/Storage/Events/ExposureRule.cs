using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Storage.Events;

/// <summary>An assignment row.</summary>
internal readonly record struct AssignedRow(string Variant, int Epoch);

/// <summary>What an exposure's route depends on, of one experiment at one version.</summary>
internal sealed record ExposedExperiment(long Id, long Version, ExperimentDefinition Definition, ImmutableArray<ExposedEpoch> Epochs)
{
    public bool IsExternal => Definition.Assignment == AssignmentMode.External;
}

/// <summary>One epoch, oldest first.</summary>
internal readonly record struct ExposedEpoch(int Number, DateTime OpenedAt, DateTime? ClosedAt, bool Interrupted);

/// <summary>How an exposure is stored.</summary>
/// <param name="Reason">Why it is quarantined; null when it counts.</param>
/// <param name="Row">The unit's row, whatever the exposure names; null without one.</param>
internal readonly record struct ExposureVerdict(long? ExperimentId, string? Reason, AssignedRow? Row);

/// <summary>Whether an exposure counts. Pure. The first reason that applies holds, in the order of the code.</summary>
internal static class ExposureRule
{
    public const string ExperimentNotFound = "experiment_not_found";
    public const string NotRunning = "not_running";
    public const string Override = "override";
    public const string NotAssigned = "not_assigned";
    public const string VariantMismatch = "variant_mismatch";
    public const string UnknownVariant = "unknown_variant";
    public const string Bot = "bot";

    /// <summary>True when the exposure itself assigns: its experiment takes variants from exposures, and nothing else speaks against it.</summary>
    public static bool Assigns(ExposedExperiment? experiment, string unitId, string variant, DateTime occurredAt) =>
        experiment is { IsExternal: true } && Judge(experiment, unitId, variant, occurredAt, null).Reason is null;

    public static ExposureVerdict Judge(
        ExposedExperiment? experiment, string unitId, string variant, DateTime occurredAt, AssignedRow? row)
    {
        if (experiment is null)
        {
            return new(null, ExperimentNotFound, null);
        }

        return new(experiment.Id, Reason(experiment, unitId, variant, occurredAt, row), row);
    }

    private static string? Reason(ExposedExperiment experiment, string unitId, string variant, DateTime occurredAt, AssignedRow? row)
    {
        if (experiment.Epochs.IsEmpty || IsInterrupted(experiment.Epochs, occurredAt))
        {
            return NotRunning;
        }

        if (experiment.Definition.Overrides.ContainsKey(unitId))
        {
            return Override;
        }

        if (experiment.IsExternal)
        {
            // Another variant than the row's is kept: it makes the unit leave the analysis whole, whichever of the two came first.
            return experiment.Definition.Variants.Any(known => known.Key == variant) ? null : UnknownVariant;
        }

        return row is not { } assigned ? NotAssigned : assigned.Variant == variant ? null : VariantMismatch;
    }

    /// <summary>True between a pause or stop and the next epoch, when nobody gets a treatment.</summary>
    private static bool IsInterrupted(ImmutableArray<ExposedEpoch> epochs, DateTime occurredAt)
    {
        for (var i = 0; i < epochs.Length; i++)
        {
            if (epochs[i] is { Interrupted: true, ClosedAt: { } closedAt }
                && occurredAt >= closedAt
                && (i + 1 == epochs.Length || occurredAt < epochs[i + 1].OpenedAt))
            {
                return true;
            }
        }

        return false;
    }
}
