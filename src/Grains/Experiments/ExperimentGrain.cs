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

namespace Splitstream.Grains.Experiments;

/// <summary>One experiment: its only writer. The version check of the database holds even when two activations exist.</summary>
public sealed class ExperimentGrain(
    ExperimentStore store,
    IMetricStore metrics,
    IMutexGroupStore groups,
    CatalogCache catalog,
    TimeProvider time,
    ILogger<ExperimentGrain> log) : Grain, IExperimentGrain
{
    private ExperimentState? _state;

    private string Key => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken) =>
        _state = await store.FindAsync(Key, cancellationToken);

    public async Task<Outcome<ExperimentState>> CreateAsync(ExperimentDefinition definition, Actor actor)
    {
        if (_state is not null)
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
        _state = await store.InsertAsync(draft, group.Value.Id, actor, CancellationToken.None);
        if (_state is null)
        {
            _state = await store.FindAsync(Key, CancellationToken.None);
            return AlreadyExists();
        }

        await catalog.RefreshAsync(CancellationToken.None);
        return _state;
    }

    public Task<Outcome<ExperimentState>> GetAsync() =>
        Task.FromResult<Outcome<ExperimentState>>(_state is null ? NotFound() : _state);

    public async Task<Outcome<ExperimentState>> EditAsync(ExperimentEdit edit, long expectedVersion, Actor actor)
    {
        if (_state is not { } current)
        {
            return NotFound();
        }

        if (current.Version != expectedVersion)
        {
            return Stale(current);
        }

        var edited = ExperimentEditing.Apply(current, edit, time.GetMicros());
        if (!edited.IsOk || ReferenceEquals(edited.Value, current))
        {
            return edited;
        }

        var recompute = current.StartedAt is not null
            && ExperimentEditing.ChangesMetrics(current.Definition, edited.Value.Definition);
        return await SaveAsync(current, edited.Value, actor, "edited", recompute);
    }

    public async Task<Outcome<ExperimentState>> TransitionAsync(LifecycleAction action, long? expectedVersion, string? winner, Actor actor)
    {
        if (_state is not { } current)
        {
            return NotFound();
        }

        if (expectedVersion is not null && current.Version != expectedVersion)
        {
            return Stale(current);
        }

        var moved = ExperimentLifecycle.Move(current, action, winner, time.GetMicros());
        if (!moved.IsOk)
        {
            return moved;
        }

        // A pause or stop cuts windows short, which may take back events that were counted.
        var recompute = action is LifecycleAction.Pause or LifecycleAction.Stop;
        return await SaveAsync(current, moved.Value, actor, action.ToString().ToLowerInvariant(), recompute);
    }

    private async Task<Outcome<ExperimentState>> SaveAsync(
        ExperimentState current, ExperimentState next, Actor actor, string action, bool recompute)
    {
        var group = await ResolveAsync(next.Definition);
        if (!group.IsOk)
        {
            return group.Problem;
        }

        var now = time.GetMicros();
        if (await store.SaveAsync(next, group.Value.Id, actor, action, now, recompute, CancellationToken.None) is null)
        {
            // Another activation wrote in between; this one must not go on from what it remembers.
            _state = await store.FindAsync(Key, CancellationToken.None);
            return Stale(_state ?? current);
        }

        _state = next;
        await catalog.RefreshAsync(CancellationToken.None);
        await ScheduleLooksAsync();
        return next;
    }

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
                return new Problem(ErrorCode.ValidationFailed, message, [new FieldError(pointer, message)]);
            }
        }

        if (definition.MutexGroup is not { } key)
        {
            return new GroupId(null);
        }

        return await groups.FindAsync(key, CancellationToken.None) is { } group
            ? new GroupId(group.Id)
            : Problem.Invalid("/mutexGroup", $"There is no mutex group with key '{key}'; create it first.");
    }

    private Problem NotFound() => new(ErrorCode.ExperimentNotFound, $"There is no experiment with key '{Key}'.");

    private Problem AlreadyExists() =>
        new(ErrorCode.ExperimentAlreadyExists, $"An experiment with key '{Key}' exists; keys are never reused.");

    private static Problem Stale(ExperimentState current) => new(
        ErrorCode.StaleVersion, $"Experiment '{current.Key}' is at version {current.Version}; read it again and repeat the change.");

    private sealed record GroupId(long? Id);
}
