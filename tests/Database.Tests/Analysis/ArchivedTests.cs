using Orleans;
using Splitstream.Bucketing;
using Splitstream.Grains.Assignments;
using Splitstream.Grains.Catalog;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Nodes;
using Splitstream.Grains.Units;
using Splitstream.Storage.Assignments;
using Splitstream.Storage.Experiments;
using Splitstream.Storage.Nodes;
using Splitstream.Storage.Units;
using ErrorCode = Splitstream.Grains.Interfaces.Errors.ErrorCode;

namespace Splitstream.Database.Tests.Analysis;

/// <summary>An archived experiment is over and still known.</summary>
public sealed class ArchivedTests
{
    private const string Absent = "absent";

    [Fact]
    public async Task An_archived_experiment_is_read_and_listed_and_assigns_nobody()
    {
        await using var world = await AnalysisWorld.StartAsync();
        UnitId.TryCreate("alice", out var alice, out _);
        await world.ExecuteAsync(
            $"INSERT INTO assignments SELECT experiment_id, 'alice', 'treatment', 1, now() FROM experiments WHERE key = '{AnalysisWorld.Key}'");
        await world.MoveAsync(LifecycleAction.Stop);
        await world.MoveAsync(LifecycleAction.Archive);
        var rows = new UnitRows(world.Database, world.Clock);
        var sticky = new StickyCache(1_000);
        var catalog = world.Get<CatalogCache>();
        var lease = new CacheLease(world.Clock, TimeSpan.Zero);
        var freshness = new Freshness(lease, catalog, world.Clock);
        await using var writer = new ClaimWriter(world.Database);
        var route = new ClaimRoute(world.Get<IGrainFactory>(), writer, new ClaimPlacement(TimeSpan.FromMinutes(5), false));
        var assigner = new Assigner(catalog, sticky, lease, freshness, rows, new MutexClaims(world.Database), route);
        var directory = new UnitDirectory(rows, catalog, sticky, world.Get<Announcer>());

        var read = await world.Experiment.GetAsync();
        var listed = await world.Get<ExperimentStore>().ListAsync(10, null, CancellationToken.None);
        var answers = await assigner.AssignAsync(alice, [AnalysisWorld.Key, Absent], AttributeSet.Empty, false, CancellationToken.None);
        var all = await assigner.AssignAsync(alice, null, AttributeSet.Empty, false, CancellationToken.None);
        var explained = await assigner.ExplainAsync(alice, AnalysisWorld.Key, AttributeSet.Empty, CancellationToken.None);
        var looked = await directory.LookupAsync(alice, CancellationToken.None);
        var rebucket = await directory.RebucketAsync(alice, AnalysisWorld.Key, AnalysisWorld.Tester, CancellationToken.None);

        Assert.Equal(ExperimentStatus.Archived, read.Value!.Status);
        Assert.Equal((AnalysisWorld.Key, ExperimentStatus.Archived), (Assert.Single(listed).Key, listed[0].Status));
        Assert.Equal([DecisionReason.NotRunning, DecisionReason.ExperimentNotFound], answers.Select(answer => answer.Reason));
        Assert.All(answers, answer => Assert.Null(answer.Variant));
        Assert.Empty(all);
        Assert.Equal((DecisionReason.NotRunning, "the experiment is archived"), (explained!.Assignment.Reason, Assert.Single(explained.Steps).Detail));
        Assert.Null(await assigner.ExplainAsync(alice, Absent, AttributeSet.Empty, CancellationToken.None));
        Assert.Equal((AnalysisWorld.Key, "treatment"), (Assert.Single(looked).Experiment, looked[0].Variant));
        Assert.Equal(ErrorCode.IllegalTransition, rebucket.Problem?.Code);
    }
}
