using Microsoft.Extensions.Logging;
using Orleans;
using Splitstream.Grains.Catalog;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Grains.Interfaces.MutexGroups;
using Splitstream.Storage;
using Splitstream.Storage.Database;
using Splitstream.Storage.Experiments;
using ErrorCode = Splitstream.Grains.Interfaces.Errors.ErrorCode;

namespace Splitstream.Grains.Experiments;

/// <summary>
/// One experiment: its only writer in this process. It remembers nothing, because on other servers over the same database others write; the
/// version check of the database decides between them.
/// </summary>
public sealed class ExperimentGrain(
    ExperimentStore store,
    IMetricStore metrics,
    IMutexGroupStore groups,
    CatalogCache catalog,
    TimeProvider time,
    ILogger<ExperimentGrain> log) : Grain, IExperimentGrain
{
    /// <summary>How often a change that names no version is decided anew because another server wrote in between.</summary>
    private const int Attempts = 5;

    private string Key => this.GetPrimaryKeyString();

    public async Task<Outcome<ExperimentState>> CreateAsync(ExperimentDefinition definition, Actor actor)
    {
        if (await FindAsync() is not null)
        {
            return AlreadyExists();
        }

        if (ExperimentRules.FindFault(definition) is { } fault)
        {
            return fault;
        }

        var group = await ResolveAsync(definition);
        if (!group.IsOk)
        {
            return group.Problem;
        }

        var draft = ExperimentLifecycle.Create(definition, Seeds.Create(), Seeds.Create(), time.GetMicros());
        if (await store.InsertAsync(draft, group.Value.Id, actor, CancellationToken.None) is not { } created)
        {
            return AlreadyExists();
        }

        await catalog.RefreshAsync(CancellationToken.None);
        return created;
    }

    public async Task<Outcome<ExperimentState>> GetAsync() =>
        await FindAsync() is { } state ? state : NotFound();

    public Task<Outcome<ExperimentState>> EditAsync(ExperimentEdit edit, long expectedVersion, Actor actor) =>
        ChangeAsync(
            expectedVersion,
            current => ExperimentEditing.Apply(current, edit, time.GetMicros()),
            (current, next) => SaveAsync(
                next,
                actor,
                "edited",
                current.StartedAt is not null && ExperimentEditing.ChangesMetrics(current.Definition, next.Definition)));

    /// <remarks>A pause or stop cuts windows short, which may take back events that were counted.</remarks>
    public Task<Outcome<ExperimentState>> TransitionAsync(LifecycleAction action, long? expectedVersion, string? winner, Actor actor) =>
        ChangeAsync(
            expectedVersion,
            current => ExperimentLifecycle.Move(current, action, winner, time.GetMicros()),
            (_, next) => SaveAsync(
                next, actor, action.ToString().ToLowerInvariant(), action is LifecycleAction.Pause or LifecycleAction.Stop));

    /// <summary>Decides on the state of now and saves; again when another server wrote in between and the caller named no version.</summary>
    private async Task<Outcome<ExperimentState>> ChangeAsync(
        long? expectedVersion,
        Func<ExperimentState, Outcome<ExperimentState>> decide,
        Func<ExperimentState, ExperimentState, Task<Outcome<ExperimentState>?>> save)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await FindAsync() is not { } current)
            {
                return NotFound();
            }

            if (expectedVersion is not null && current.Version != expectedVersion)
            {
                return Stale(current);
            }

            var next = decide(current);
            if (!next.IsOk || ReferenceEquals(next.Value, current))
            {
                // "It is so already" binds every server too, though the change that made it so may still be on its way to them.
                await store.SettleAsync(CancellationToken.None);
                return next;
            }

            if (await save(current, next.Value) is { } outcome)
            {
                return outcome;
            }
        }

        throw new StorageUnavailableException($"Experiment '{Key}' was changed by others {Attempts} times in a row.");
    }

    /// <summary>Null when the database no longer holds the version that this one was made from.</summary>
    private async Task<Outcome<ExperimentState>?> SaveAsync(ExperimentState next, Actor actor, string action, bool recompute)
    {
        var group = await ResolveAsync(next.Definition);
        if (!group.IsOk)
        {
            return group.Problem;
        }

        if (await store.SaveAsync(next, group.Value.Id, actor, action, time.GetMicros(), recompute, CancellationToken.None) is null)
        {
            return null;
        }

        await catalog.RefreshAsync(CancellationToken.None);
        await ScheduleLooksAsync();
        return next;
    }

    private Task<ExperimentState?> FindAsync() => store.FindAsync(Key, CancellationToken.None);

    /// <summary>
    /// The change is committed and answered, whatever becomes of the schedule: every start of a server schedules what runs anew.
    /// </summary>
    private async Task ScheduleLooksAsync()
    {
        try
        {
            await GrainFactory.GetGrain<IAnalysisGrain>(Key).ScheduleAsync();
        }
        catch (Exception exception)
        {
            log.LogError(exception, "The looks of experiment {Experiment} are not scheduled.", Key);
        }
    }

    /// <summary>Checks that what the definition names exists.</summary>
    private async Task<Outcome<GroupId>> ResolveAsync(ExperimentDefinition definition)
    {
        foreach (var (metric, role) in definition.MetricsByRole())
        {
            if (await metrics.FindAsync(metric, CancellationToken.None) is null)
            {
                var pointer = role switch
                {
                    MetricRole.Primary => "/primaryMetric",
                    MetricRole.Secondary => "/secondaryMetrics",
                    _ => "/guardrails",
                };
                var message = $"There is no metric with key '{metric}'; create it first.";
                return new Problem(ErrorCode.MetricNotFound, message, [new FieldError(pointer, message)]);
            }
        }

        if (definition.MutexGroup is not { } key)
        {
            return new GroupId(null);
        }

        if (await groups.FindAsync(key, CancellationToken.None) is { } group)
        {
            return new GroupId(group.Id);
        }

        var absent = $"There is no mutex group with key '{key}'; create it first.";
        return new Problem(ErrorCode.MutexGroupNotFound, absent, [new FieldError("/mutexGroup", absent)]);
    }

    private Problem NotFound() => new(ErrorCode.ExperimentNotFound, $"There is no experiment with key '{Key}'.");

    private Problem AlreadyExists() =>
        new(ErrorCode.ExperimentAlreadyExists, $"An experiment with key '{Key}' exists; keys are never reused.");

    private static Problem Stale(ExperimentState current) => new(
        ErrorCode.StaleVersion, $"Experiment '{current.Key}' is at version {current.Version}; read it again and repeat the change.");

    private sealed record GroupId(long? Id);
}
