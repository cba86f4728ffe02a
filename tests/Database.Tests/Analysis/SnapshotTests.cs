using System.Text.Json;
using Splitstream.Grains.Certificates;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Database.Tests.Analysis;

/// <summary>Snapshots are immutable, viewed on the record, and can be computed again.</summary>
public sealed class SnapshotTests
{
    private static readonly string[] Changing = ["snapshotId", "takenAt", "lookNumber", "missedLooks"];

    [Fact]
    public async Task Advisory_snapshots_of_unchanged_data_differ_in_id_and_time_alone()
    {
        await using var world = await AnalysisWorld.StartAsync();
        world.Sums.Read = GivenSums.Of(30_000, 3_000, 3_300);

        // Otherwise it is pending in the first and no longer in the second.
        await world.Get<CertificateBook>().EnsureAsync(await world.StateAsync(), CancellationToken.None);

        var first = await TakeAsync(world);
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        var second = await TakeAsync(world);

        Assert.NotEqual(first.SnapshotId, second.SnapshotId);
        Assert.Null(second.LookNumber);
        Assert.Equal(0, await world.CountAsync("looks"));
        Assert.Equal(Without(await world.BodyAsync(first.SnapshotId)), Without(await world.BodyAsync(second.SnapshotId)));
        var decision = (await world.BodyAsync(first.SnapshotId)).GetProperty("decision");
        Assert.Equal("advisory", decision.GetProperty("reason").GetString());
        Assert.Equal("ship", decision.GetProperty("wouldDecide").GetProperty("status").GetString());
        Assert.Equal(2, await world.CountAsync("audit WHERE action = 'snapshot.taken' AND actor = 'tester'"));
    }

    [Fact]
    public async Task Unchanged_imports_answer_the_snapshot_that_stands()
    {
        await using var world = await AnalysisWorld.StartAsync(AssignmentMode.External);

        var first = await TakeAsync(world);
        world.Clock.Advance(TimeSpan.FromDays(1));
        var again = await TakeAsync(world);
        world.Sums.Read = GivenSums.Of(30_000, 3_000, 3_001);
        var changed = await TakeAsync(world);

        Assert.Equal(first, again);
        Assert.Equal((1, 2), (first.LookNumber, changed.LookNumber));
        Assert.Equal(2, await world.CountAsync("snapshots"));
        Assert.Equal(0, await world.CountAsync("engine.reminders"));
    }

    [Fact]
    public async Task A_draft_and_an_unknown_experiment_cannot_be_analysed()
    {
        await using var world = await AnalysisWorld.StartAsync();
        var unknown = world.Get<Orleans.IGrainFactory>().GetGrain<IAnalysisGrain>("nobody");
        await world.ExecuteAsync("UPDATE experiments SET started_at = NULL, status = 'draft'");

        Assert.Equal(ErrorCode.ExperimentNotFound, (await unknown.AnalyzeAsync(AnalysisWorld.Tester)).Problem?.Code);
        Assert.Equal(ErrorCode.IllegalTransition, (await world.Analysis.AnalyzeAsync(AnalysisWorld.Tester)).Problem?.Code);
    }

    [Fact]
    public async Task The_body_and_its_row_say_the_same()
    {
        await using var world = await AnalysisWorld.StartAsync();

        var taken = await TakeAsync(world);

        var view = (await world.Snapshots.GetAsync(taken.SnapshotId, CancellationToken.None))!;
        var body = JsonDocument.Parse(view.Body).RootElement;
        Assert.Equal(view.Summary.SnapshotId, body.GetProperty("snapshotId").GetString());
        Assert.Equal(view.Summary.InputHash, body.GetProperty("inputHash").GetString());
        Assert.Equal(view.Summary.TakenAt, body.GetProperty("takenAt").GetDateTimeOffset());
        Assert.Equal(view.Summary.DecisionStatus, body.GetProperty("decision").GetProperty("status").GetString());
        Assert.Equal(view, await world.Snapshots.LatestAsync(AnalysisWorld.Key, CancellationToken.None));
    }

    [Fact]
    public async Task Lists_go_from_the_newest_to_the_oldest_page_by_page()
    {
        await using var world = await AnalysisWorld.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Insert(0, (await TakeAsync(world)).SnapshotId);
            world.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        var first = await world.Snapshots.ListAsync(AnalysisWorld.Key, 2, null, CancellationToken.None);
        var second = await world.Snapshots.ListAsync(AnalysisWorld.Key, 9, first[^1].SnapshotId, CancellationToken.None);

        Assert.Equal(ids, first.Concat(second).Select(summary => summary.SnapshotId));
        Assert.Empty(await world.Snapshots.ListAsync(AnalysisWorld.Key, 9, "unknown", CancellationToken.None));
    }

    [Fact]
    public async Task Views_are_logged_and_counted_over_the_experiment()
    {
        await using var world = await AnalysisWorld.StartAsync();
        var (first, second) = (await TakeAsync(world), await TakeAsync(world));

        var one = await world.Snapshots.LogViewAsync(first.SnapshotId, "anna", AnalysisWorld.Start, CancellationToken.None);
        var two = await world.Snapshots.LogViewAsync(second.SnapshotId, "ben", AnalysisWorld.Start, CancellationToken.None);

        Assert.Equal((1, 2), (one, two));
        var views = await world.Snapshots.ViewsAsync(AnalysisWorld.Key, 9, 0, CancellationToken.None);
        Assert.Equal([("anna", first.SnapshotId), ("ben", second.SnapshotId)], views.Select(view => (view.Viewer, view.SnapshotId)));
        Assert.Equal("ben", Assert.Single(await world.Snapshots.ViewsAsync(AnalysisWorld.Key, 9, views[0].Sequence, CancellationToken.None)).Viewer);
    }

    [Fact]
    public async Task Verification_matches_what_was_not_touched()
    {
        await using var world = await AnalysisWorld.StartAsync();
        var taken = await TakeAsync(world);
        world.Sums.Recomputed = world.Sums.Read;

        Assert.Equal(new VerifyResult("matches", "matches", null), await VerifyAsync(world, taken));
    }

    [Fact]
    public async Task Verification_names_the_metric_whose_raw_rows_changed()
    {
        await using var world = await AnalysisWorld.StartAsync();
        var taken = await TakeAsync(world);
        world.Sums.Recomputed = GivenSums.Of(30_000, 3_000, 3_000, errors: 601);

        Assert.Equal(new VerifyResult("matches", "differs", "errors"), await VerifyAsync(world, taken));
    }

    [Fact]
    public async Task Verification_says_when_raw_rows_are_gone()
    {
        await using var world = await AnalysisWorld.StartAsync();
        var taken = await TakeAsync(world);

        Assert.Equal(new VerifyResult("matches", "no_longer_retained", null), await VerifyAsync(world, taken));
    }

    [Theory]
    [InlineData("UPDATE snapshots SET body = replace(body, '30000', '30001')")]
    [InlineData("UPDATE snapshots SET inputs = replace(inputs, '\"sum\":\"3000\"', '\"sum\":\"3001\"')")]
    public async Task Verification_sees_a_forged_snapshot(string forgery)
    {
        await using var world = await AnalysisWorld.StartAsync();
        var taken = await TakeAsync(world);
        await world.ExecuteAsync(forgery);

        Assert.Equal("differs", (await VerifyAsync(world, taken)).Engine);
    }

    [Fact]
    public async Task An_unknown_snapshot_cannot_be_verified()
    {
        await using var world = await AnalysisWorld.StartAsync();

        Assert.Equal(ErrorCode.SnapshotNotFound, (await world.Snapshots.VerifyAsync("unknown", CancellationToken.None)).Problem?.Code);
    }

    private static async Task<SnapshotReference> TakeAsync(AnalysisWorld world)
    {
        var taken = await world.Analysis.AnalyzeAsync(AnalysisWorld.Tester);
        Assert.True(taken.IsOk, taken.Problem?.Detail);
        return taken.Value!;
    }

    private static async Task<VerifyResult> VerifyAsync(AnalysisWorld world, SnapshotReference taken) =>
        (await world.Snapshots.VerifyAsync(taken.SnapshotId, CancellationToken.None)).Value!;

    private static List<(string Name, string Text)> Without(JsonElement body) =>
        [.. body.EnumerateObject().Where(property => !Changing.Contains(property.Name)).Select(property => (property.Name, property.Value.GetRawText()))];
}
