using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Experiments;

/// <summary>
/// Which moves an experiment may make. Pure: draft -> running -> closed, paused or stopped -> archived. A pause or stop interrupts the
/// epoch in force, so that outcomes after it are excluded; a resume opens the next one.
/// </summary>
public static class ExperimentLifecycle
{
    /// <summary>A new draft.</summary>
    public static ExperimentState Create(ExperimentDefinition definition, BucketingSeed seed, BucketingSeed trafficSeed, DateTimeOffset now) =>
        new(0, definition, ExperimentStatus.Draft, 1, seed.Value, trafficSeed.Value, [], now, null, null, null, false, 1, false, null);

    /// <summary>The next state, one version on, or why the move is refused.</summary>
    public static Outcome<ExperimentState> Move(ExperimentState state, LifecycleAction action, string? winner, DateTimeOffset now) =>
        (action, state.Status) switch
        {
            (LifecycleAction.Start, ExperimentStatus.Draft) =>
                OpenEpoch(Next(state, ExperimentStatus.Running) with { StartedAt = now }, now),
            (LifecycleAction.Start, ExperimentStatus.Running) =>
                new Problem(ErrorCode.ExperimentAlreadyRunning, $"Experiment '{state.Key}' is running already."),
            (LifecycleAction.Close, ExperimentStatus.Running) => Next(state, ExperimentStatus.Closed),
            (LifecycleAction.Pause, ExperimentStatus.Running or ExperimentStatus.Closed) =>
                EndEpoch(Next(state, ExperimentStatus.Paused) with { PausedFrom = state.Status }, now, interrupted: true),
            (LifecycleAction.Resume, ExperimentStatus.Paused) =>
                OpenEpoch(Next(state, state.PausedFrom ?? ExperimentStatus.Running) with { PausedFrom = null }, now),
            (LifecycleAction.Stop, ExperimentStatus.Running or ExperimentStatus.Closed or ExperimentStatus.Paused) =>
                Stop(state, winner, now),
            (LifecycleAction.Archive, ExperimentStatus.Draft or ExperimentStatus.Stopped) => Next(state, ExperimentStatus.Archived),
            _ => Refusal(state, action),
        };

    /// <summary>Closes the epoch in force, if any, and opens the next with the definition's weights, traffic and targeting.</summary>
    internal static ExperimentState OpenEpoch(ExperimentState state, DateTimeOffset now)
    {
        var ended = EndEpoch(state, now, interrupted: false);
        var definition = state.Definition;
        var epoch = new Epoch(
            ended.Epochs.Length + 1,
            now,
            null,
            [.. definition.Variants.Select(variant => variant.Weight)],
            definition.Traffic,
            definition.TargetingJson,
            false);
        return ended with { Epochs = ended.Epochs.Add(epoch) };
    }

    private static Outcome<ExperimentState> Stop(ExperimentState state, string? winner, DateTimeOffset now) =>
        winner is not null && state.Definition.Variants.All(variant => variant.Key != winner)
            ? Problem.Invalid("/winner", $"The experiment has no variant '{winner}'.")
            : EndEpoch(
                Next(state, ExperimentStatus.Stopped) with { StoppedAt = now, Winner = winner, PausedFrom = null }, now, interrupted: true);

    private static ExperimentState Next(ExperimentState state, ExperimentStatus status) =>
        state with { Status = status, Version = state.Version + 1 };

    private static ExperimentState EndEpoch(ExperimentState state, DateTimeOffset now, bool interrupted) =>
        state.CurrentEpoch() is { ClosedAt: null } current
            ? state with { Epochs = state.Epochs.SetItem(state.Epochs.Length - 1, current with { ClosedAt = now, Interrupted = interrupted }) }
            : state;

    private static Problem Refusal(ExperimentState state, LifecycleAction action) => new(
        ErrorCode.IllegalTransition,
        $"Experiment '{state.Key}' is {Lower(state.Status)}, from where {Lower(action)} is not possible.");

    private static string Lower<T>(T value)
        where T : struct, Enum =>
        value.ToString().ToLowerInvariant();
}
