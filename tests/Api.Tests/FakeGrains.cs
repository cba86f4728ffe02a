using Orleans;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using ErrorCode = Splitstream.Grains.Interfaces.Errors.ErrorCode;

namespace Splitstream.Api.Tests;

/// <summary>Grains and snapshots in memory: versions grow, everything else is as simple as the endpoints need.</summary>
internal sealed class FakeGrains(FakePorts ports) : ISnapshotStore, IUnitExport
{
    public const string Body =
        """{"experiment":"one","snapshotId":"s1","takenAt":"2026-03-01T12:00:00Z","inputHash":"ab","lookNumber":1,"srm":{"pValue":0.10000000000000000555},"big":1e-320}""";

    public List<SnapshotView> Snapshots { get; } = [];

    public List<SnapshotViewing> Views { get; } = [];

    public Problem? AnalysisRefusal { get; set; }

    public IGrainFactory Factory => FakeGrainFactory.Of((type, key) =>
        type == typeof(IExperimentGrain) ? new ExperimentGrain(ports, key) : new AnalysisGrain(this, ports, key));

    public async Task<bool> WriteAsync(string experiment, Actor actor, DateTimeOffset now, Func<Stream> begin, CancellationToken cancellation)
    {
        if (!ports.Experiments.ContainsKey(experiment))
        {
            return false;
        }

        await begin().WriteAsync(System.Text.Encoding.UTF8.GetBytes($"unitId\nfor {actor.Name}\n"), cancellation);
        return true;
    }

    public SnapshotView Take(string experiment, string id)
    {
        var view = new SnapshotView(
            new SnapshotSummary(id, experiment, FakePorts.Now, "ab", 1, "keep_running"), Body.Replace("s1", id, StringComparison.Ordinal));
        Snapshots.Add(view);
        return view;
    }

    public Task<SnapshotView?> LatestAsync(string experiment, CancellationToken cancellation) =>
        Task.FromResult(Snapshots.LastOrDefault(snapshot => snapshot.Summary.Experiment == experiment));

    public Task<SnapshotView?> GetAsync(string snapshotId, CancellationToken cancellation) =>
        Task.FromResult(Snapshots.FirstOrDefault(snapshot => snapshot.Summary.SnapshotId == snapshotId));

    public Task<IReadOnlyList<SnapshotSummary>> ListAsync(string experiment, int limit, string? afterId, CancellationToken cancellation)
    {
        IEnumerable<SnapshotSummary> newest = Snapshots.Select(snapshot => snapshot.Summary).Where(summary => summary.Experiment == experiment).Reverse();
        IEnumerable<SnapshotSummary> rest = afterId is null ? newest : newest.SkipWhile(summary => summary.SnapshotId != afterId).Skip(1);
        return Task.FromResult<IReadOnlyList<SnapshotSummary>>([.. rest.Take(limit)]);
    }

    public Task<long> LogViewAsync(string snapshotId, string viewer, DateTimeOffset now, CancellationToken cancellation)
    {
        Views.Add(new SnapshotViewing(Views.Count + 1, snapshotId, viewer, now));
        return Task.FromResult((long)Views.Count);
    }

    public Task<IReadOnlyList<SnapshotViewing>> ViewsAsync(string experiment, int limit, long afterSequence, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<SnapshotViewing>>([.. Views.Where(view => view.Sequence > afterSequence).Take(limit)]);

    public Task<Outcome<VerifyResult>> VerifyAsync(string snapshotId, CancellationToken cancellation) =>
        Task.FromResult<Outcome<VerifyResult>>(new VerifyResult("matches", "differs", "retention_7"));

    private sealed class ExperimentGrain(FakePorts ports, string key) : IExperimentGrain
    {
        private static readonly Problem Absent = new(ErrorCode.ExperimentNotFound, "There is no experiment of this key.");

        public Task<Outcome<ExperimentState>> CreateAsync(ExperimentDefinition definition, Actor actor)
        {
            if (definition.PrimaryMetric == "absent")
            {
                return Answer(new Problem(ErrorCode.MetricNotFound, "There is no metric absent.", [new FieldError("/primaryMetric", "There is no metric absent.")]));
            }

            var state = new ExperimentState(
                7, definition, ExperimentStatus.Draft, 1, "seed", "other", [], FakePorts.Now, null, null, null, false, 1, false, null);
            if (!ports.Experiments.TryAdd(key, state))
            {
                return Answer(new Problem(ErrorCode.ExperimentAlreadyExists, "The key is taken."));
            }

            ports.Writes.Enqueue(definition);
            return Answer(state);
        }

        public Task<Outcome<ExperimentState>> GetAsync()
        {
            ports.Fail();
            return Answer(ports.Experiments.TryGetValue(key, out ExperimentState? state) ? state : Absent);
        }

        public Task<Outcome<ExperimentState>> EditAsync(ExperimentEdit edit, long expectedVersion, Actor actor)
        {
            if (!ports.Experiments.TryGetValue(key, out ExperimentState? state))
            {
                return Answer(Absent);
            }

            if (state.Version != expectedVersion)
            {
                return Answer(new Problem(ErrorCode.StaleVersion, $"The experiment is at version {state.Version}."));
            }

            ports.Writes.Enqueue(edit);
            ExperimentDefinition definition = state.Definition with { Name = edit.Name ?? state.Definition.Name, Rule = edit.Rule ?? state.Definition.Rule };
            return Answer(ports.Experiments[key] = state with { Version = state.Version + 1, Definition = definition });
        }

        public Task<Outcome<ExperimentState>> TransitionAsync(LifecycleAction action, long? expectedVersion, string? winner, Actor actor)
        {
            if (!ports.Experiments.TryGetValue(key, out ExperimentState? state))
            {
                return Answer(Absent);
            }

            if (expectedVersion is { } expected && expected != state.Version)
            {
                return Answer(new Problem(ErrorCode.StaleVersion, $"The experiment is at version {state.Version}."));
            }

            ports.Writes.Enqueue((action, winner));
            var epoch = new Epoch(1, FakePorts.Now, null, [.. state.Definition.Variants.Select(variant => variant.Weight)], 1, null, false);
            return Answer(ports.Experiments[key] = state with
            {
                Version = state.Version + 1,
                Status = action == LifecycleAction.Stop ? ExperimentStatus.Stopped : ExperimentStatus.Running,
                StartedAt = FakePorts.Now,
                Epochs = [epoch],
                Winner = winner,
            });
        }

        private static Task<Outcome<ExperimentState>> Answer(Outcome<ExperimentState> outcome) => Task.FromResult(outcome);
    }

    private sealed class AnalysisGrain(FakeGrains grains, FakePorts ports, string key) : IAnalysisGrain
    {
        public Task ScheduleAsync() => Task.CompletedTask;

        public Task<Outcome<SnapshotReference>> AnalyzeAsync(Actor actor)
        {
            if (grains.AnalysisRefusal is { } refusal)
            {
                return Task.FromResult<Outcome<SnapshotReference>>(refusal);
            }

            ports.Writes.Enqueue(actor);
            return Task.FromResult<Outcome<SnapshotReference>>(
                new SnapshotReference(grains.Take(key, $"s{grains.Snapshots.Count + 1}").Summary.SnapshotId, null));
        }
    }
}
