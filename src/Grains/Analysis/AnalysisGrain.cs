using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Storage.Analysis;
using Splitstream.Storage.Experiments;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// Looks and health checks of one experiment. Reminders only say that time has passed: whether a look is due is decided from the last
/// committed one, so that ticks which come late, twice or on several servers change nothing.
/// </summary>
public sealed class AnalysisGrain(
    ExperimentStore experiments,
    SnapshotRows rows,
    SnapshotTaker taker,
    TimeProvider time,
    ILogger<AnalysisGrain> log,
    [PersistentState("analysis")] IPersistentState<AnalysisMemory> memory) : Grain, IAnalysisGrain, IRemindable
{
    public const string LookReminder = "look";
    public const string SrmReminder = "srm";

    private const int Attempts = 3;
    private static readonly TimeSpan SrmPeriod = TimeSpan.FromMinutes(5);

    private string Key => this.GetPrimaryKeyString();

    public async Task ScheduleAsync()
    {
        if (await experiments.FindAsync(Key, CancellationToken.None) is not { StartedAt: { } start } state
            || state.Definition.Assignment == AssignmentMode.External
            || state.Status is ExperimentStatus.Archived)
        {
            return;
        }

        var last = await rows.LastLookAsync(state.Id, CancellationToken.None);
        if (state.Status is ExperimentStatus.Stopped)
        {
            // A tick of its own and not here: the experiment waits for this call, and its answer shall not wait for the look.
            await this.RegisterOrUpdateReminder(LookReminder, TimeSpan.Zero, SrmPeriod);
            return;
        }

        var wait = LookSchedule.Next(last?.ScheduledAt ?? start, Cadence(state)) - time.GetUtcNow();
        await this.RegisterOrUpdateReminder(LookReminder, wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Cadence(state));
        await this.RegisterOrUpdateReminder(SrmReminder, SrmPeriod, SrmPeriod);
    }

    public async Task<Outcome<SnapshotReference>> AnalyzeAsync(Actor actor)
    {
        if (await experiments.FindAsync(Key, CancellationToken.None) is not { } state)
        {
            return new Problem(ErrorCode.ExperimentNotFound, $"There is no experiment with key '{Key}'.");
        }

        if (state.StartedAt is null)
        {
            return new Problem(ErrorCode.IllegalTransition, $"Experiment '{Key}' has not started; there is nothing to analyse.");
        }

        var kind = state.Definition.Assignment == AssignmentMode.External ? LookKind.Import : LookKind.Advisory;
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await taker.TakeAsync(state, kind, null, Memory(), actor, CancellationToken.None) is { } taken)
            {
                return taken.Reference;
            }
        }

        throw new StorageUnavailableException($"The looks of experiment '{Key}' were taken by others {Attempts} times in a row.");
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        var state = await experiments.FindAsync(Key, CancellationToken.None);
        switch (state?.Status)
        {
            case ExperimentStatus.Running or ExperimentStatus.Closed:
                await TickAsync(state, reminderName);
                break;
            case ExperimentStatus.Paused:
                break;
            case ExperimentStatus.Stopped:
                await TakeFinalLookAsync(state);
                if ((await rows.LastLookAsync(state.Id, CancellationToken.None))?.Kind == "final")
                {
                    await UnregisterAsync();
                }

                break;
            default:
                await UnregisterAsync();
                break;
        }
    }

    private async Task TickAsync(ExperimentState state, string reminderName)
    {
        var last = await rows.LastLookAsync(state.Id, CancellationToken.None);
        if (await PauseIfHarmedAsync(state, last))
        {
            return;
        }

        if (LookSchedule.Due(last?.ScheduledAt ?? state.StartedAt!.Value, Cadence(state), time.GetUtcNow()) is { } due)
        {
            await TakeLookAsync(state, due);
        }
        else if (reminderName == SrmReminder)
        {
            var (analysed, assigned) = await taker.CheckSampleRatioAsync(state, CancellationToken.None);
            await RememberAsync(analysed, assigned);
        }
    }

    private async Task TakeLookAsync(ExperimentState state, DueLook due)
    {
        if (await taker.TakeAsync(state, LookKind.Look, due, Memory(), Actor.System, CancellationToken.None) is not { } taken)
        {
            log.LogInformation("The look of {Experiment} due at {ScheduledAt} was taken by another server.", Key, due.ScheduledAt);
            return;
        }

        if (due.Missed > 0)
        {
            log.LogWarning(
                "{Missed} looks of {Experiment} were missed before the one due at {ScheduledAt}; they spent nothing.",
                due.Missed, Key, due.ScheduledAt);
        }

        await RememberAsync(taken.Computed.After.SrmMaximumLogBayesFactor, taken.Computed.After.AssignmentMaximumLogBayesFactor);
        await PauseIfHarmedAsync(state, await rows.LastLookAsync(state.Id, CancellationToken.None));
    }

    private async Task TakeFinalLookAsync(ExperimentState state)
    {
        var last = await rows.LastLookAsync(state.Id, CancellationToken.None);
        if (last?.Kind != "final")
        {
            await taker.TakeAsync(state, LookKind.Final, null, Memory(), Actor.System, CancellationToken.None);
        }
    }

    /// <summary>
    /// Pauses the experiment when its last look found harm and no interruption followed. Asked at every tick, so that a server which dies
    /// between look and pause loses nothing.
    /// </summary>
    private async Task<bool> PauseIfHarmedAsync(ExperimentState state, LookRow? last)
    {
        if (last is not { Pauses: true } || state.Epochs.Any(epoch => epoch.Interrupted && epoch.ClosedAt >= last.TakenAt))
        {
            return false;
        }

        var paused = await GrainFactory.GetGrain<IExperimentGrain>(Key).TransitionAsync(LifecycleAction.Pause, null, null, Actor.System);
        log.LogWarning(
            "A guardrail of {Experiment} is harmed beyond its margin at look {Look}: {Outcome}.",
            Key, last.LookNumber, paused.IsOk ? "paused" : paused.Problem.Detail);
        return true;
    }

    private LookHistory Memory() => LookHistory.Empty with
    {
        SrmMaximumLogBayesFactor = memory.State.SrmMaximumLogBayesFactor,
        AssignmentMaximumLogBayesFactor = memory.State.AssignmentMaximumLogBayesFactor,
    };

    /// <summary>Maxima join in any order: after a conflict the stored ones are read and joined with ours.</summary>
    private async Task RememberAsync(double analysed, double assigned)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (analysed <= memory.State.SrmMaximumLogBayesFactor && assigned <= memory.State.AssignmentMaximumLogBayesFactor)
            {
                return;
            }

            memory.State.SrmMaximumLogBayesFactor = Math.Max(analysed, memory.State.SrmMaximumLogBayesFactor);
            memory.State.AssignmentMaximumLogBayesFactor = Math.Max(assigned, memory.State.AssignmentMaximumLogBayesFactor);
            try
            {
                await memory.WriteStateAsync();
                return;
            }
            catch (InconsistentStateException) when (attempt < Attempts)
            {
                await memory.ReadStateAsync();
            }
        }
    }

    private async Task UnregisterAsync()
    {
        foreach (var reminder in await this.GetReminders())
        {
            await this.UnregisterReminder(reminder);
        }
    }

    private static TimeSpan Cadence(ExperimentState state) => TimeSpan.FromMinutes(state.Definition.Rule.CadenceMinutes);
}
