using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Splitstream.Bucketing;
using Splitstream.Grains.Certificates;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Storage.Analysis;
using Splitstream.Storage.Experiments;
using ErrorCode = Splitstream.Grains.Interfaces.Errors.ErrorCode;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// Looks and health checks of one experiment. Reminders only say that time has passed: whether a look is due is decided from the last
/// committed one, so that ticks which come late, twice or on several servers change nothing.
/// </summary>
public sealed class AnalysisGrain(
    ExperimentStore experiments,
    SnapshotRows rows,
    SnapshotTaker taker,
    CertificateBook certificates,
    TimeProvider time,
    ILogger<AnalysisGrain> log,
    [PersistentState("analysis")] IPersistentState<AnalysisMemory> memory) : Grain, IAnalysisGrain, IRemindable
{
    public const string LookReminder = "look";
    public const string SrmReminder = "srm";

    private const int Attempts = 3;
    private const int MostServers = 64;
    private static readonly TimeSpan SrmPeriod = TimeSpan.FromMinutes(5);

    /// <summary>Not at once: a first tick that is past when it is stored is taken for one that was missed.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

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
            await this.RegisterOrUpdateReminder(LookReminder, Soon, SrmPeriod);
            return;
        }

        // A tick soon, so that the certificate is there at the first look; the start itself does not wait for the events to be read.
        await this.RegisterOrUpdateReminder(SrmReminder, Soon, SrmPeriod);
        var wait = LookSchedule.Next(last?.ScheduledAt ?? start, Cadence(state)) - time.GetUtcNow();
        await this.RegisterOrUpdateReminder(LookReminder, wait > Soon ? wait : Soon, Cadence(state));
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
            var last = await rows.LastLookAsync(state.Id, CancellationToken.None);
            if (await taker.TakeAsync(state, kind, last, null, await RecallAsync(), actor, CancellationToken.None) is { } taken)
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
        if (await taker.IsHarmedAsync(state, last, CancellationToken.None))
        {
            // Asked at every tick, so that a server which dies between look and pause loses nothing.
            await PauseAsync(state, last!);
        }
        else if (LookSchedule.Due(last?.ScheduledAt ?? state.StartedAt!.Value, Cadence(state), time.GetUtcNow()) is { } due)
        {
            await TakeLookAsync(state, last, due);
        }
        else if (reminderName == SrmReminder)
        {
            var (analysed, assigned) = await taker.CheckSampleRatioAsync(state, CancellationToken.None);
            await RememberAsync(analysed, assigned);
            await EnsureCertificateAsync(state);
        }
    }

    /// <summary>What stored events say may take longer to read than a database allows; the next tick asks again.</summary>
    private async Task EnsureCertificateAsync(ExperimentState state)
    {
        try
        {
            await certificates.EnsureAsync(state, CancellationToken.None);
        }
        catch (Exception exception)
        {
            log.LogWarning(exception, "What {Experiment} is to be certified for could not be worked out; trying again at the next check.", Key);
        }
    }

    private async Task TakeLookAsync(ExperimentState state, LookRow? last, DueLook due)
    {
        var memories = await RecallAsync();
        if (await taker.TakeAsync(state, LookKind.Look, last, due, memories, Actor.System, CancellationToken.None) is not { } taken)
        {
            log.LogInformation(
                "The look of {Experiment} due at {ScheduledAt} was taken by another server, or the experiment was interrupted.",
                Key, due.ScheduledAt);
            return;
        }

        if (due.Missed > 0)
        {
            log.LogWarning(
                "{Missed} looks of {Experiment} were missed before the one due at {ScheduledAt}; they spent nothing.",
                due.Missed, Key, due.ScheduledAt);
        }

        if (taken.Computed.Results.Guardrails.Any(guardrail => guardrail.Paused))
        {
            await PauseAsync(state, (await rows.LastLookAsync(state.Id, CancellationToken.None))!);
        }

        await RememberAsync(taken.Computed.After.SrmMaximumLogBayesFactor, taken.Computed.After.AssignmentMaximumLogBayesFactor);
    }

    private async Task TakeFinalLookAsync(ExperimentState state)
    {
        var last = await rows.LastLookAsync(state.Id, CancellationToken.None);
        if (last?.Kind != "final")
        {
            await taker.TakeAsync(state, LookKind.Final, last, null, await RecallAsync(), Actor.System, CancellationToken.None);
        }
    }

    /// <summary>
    /// Pauses the version of the experiment that was found harmed, and no later one: another server may have paused it meanwhile, and a
    /// person resumed it knowing why.
    /// </summary>
    private async Task PauseAsync(ExperimentState state, LookRow last)
    {
        for (var attempt = 1; await taker.IsHarmedAsync(state, last, CancellationToken.None); attempt++)
        {
            var paused = await GrainFactory.GetGrain<IExperimentGrain>(Key)
                .TransitionAsync(LifecycleAction.Pause, state.Version, null, Actor.System);
            if (paused.IsOk || paused.Problem.Code != ErrorCode.StaleVersion || attempt == Attempts)
            {
                log.LogWarning(
                    "A guardrail of {Experiment} is harmed beyond its margin at look {Look}: {Outcome}.",
                    Key, last.LookNumber, paused.IsOk ? "paused" : paused.Problem.Detail);
                return;
            }

            state = await experiments.FindAsync(Key, CancellationToken.None) ?? state;
        }
    }

    /// <summary>The maxima as stored now: other servers check the sample ratio too and write theirs to the same place.</summary>
    private async Task<LookHistory> RecallAsync()
    {
        await memory.ReadStateAsync();
        return LookHistory.Empty with
        {
            SrmMaximumLogBayesFactor = memory.State.SrmMaximumLogBayesFactor,
            AssignmentMaximumLogBayesFactor = memory.State.AssignmentMaximumLogBayesFactor,
        };
    }

    /// <summary>
    /// Maxima join in any order: those stored are read and joined with ours until nobody writes in between. What a failed write left in
    /// memory is read over by the next one.
    /// </summary>
    private async Task RememberAsync(double analysed, double assigned)
    {
        for (var attempt = 1; ; attempt++)
        {
            var stored = await RecallAsync();
            if (analysed <= stored.SrmMaximumLogBayesFactor && assigned <= stored.AssignmentMaximumLogBayesFactor)
            {
                return;
            }

            memory.State.SrmMaximumLogBayesFactor = Math.Max(analysed, stored.SrmMaximumLogBayesFactor);
            memory.State.AssignmentMaximumLogBayesFactor = Math.Max(assigned, stored.AssignmentMaximumLogBayesFactor);
            try
            {
                await memory.WriteStateAsync();
                return;
            }
            catch (InconsistentStateException) when (attempt < MostServers)
            {
                // Each conflict means that another server wrote a maximum, so that this ends.
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
