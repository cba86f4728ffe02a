using Splitstream.Bucketing;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Database.Tests.Analysis;

/// <summary>What several servers over one database do to each other's looks, one interleaving per test.</summary>
public sealed class LookRaceTests
{
    private static readonly TimeSpan Cadence = TimeSpan.FromMinutes(240);

    [Fact]
    public async Task A_look_that_another_server_took_since_it_was_found_due_is_not_taken_again_under_the_next_number()
    {
        await using var world = await AnalysisWorld.StartAsync();
        var due = new DueLook(AnalysisWorld.Start + Cadence, 0);
        var faster = Between(world, () => TakeAsync(world, LookKind.Look, due));

        var slower = await TakeAsync(world, LookKind.Look, due);

        Assert.Equal(1, (await faster.Task)?.Reference.LookNumber);
        Assert.Null(slower);
        Assert.Equal(1, await world.CountAsync("looks"));
        Assert.Equal(1, await world.CountAsync("snapshots"));
    }

    [Fact]
    public async Task There_is_one_final_look_however_many_servers_find_it_missing()
    {
        await using var world = await AnalysisWorld.StartAsync();
        await world.MoveAsync(LifecycleAction.Pause);
        var faster = Between(world, () => TakeAsync(world, LookKind.Final, null));

        var slower = await TakeAsync(world, LookKind.Final, null);

        Assert.Equal(1, (await faster.Task)?.Reference.LookNumber);
        Assert.Null(slower);
        Assert.Equal(1, await world.CountAsync("looks WHERE kind = 'final'"));
    }

    [Fact]
    public async Task A_look_that_finds_the_experiment_paused_by_another_server_is_not_taken()
    {
        await using var world = await AnalysisWorld.StartAsync();
        var running = await world.StateAsync();
        world.Sums.Draining = () => world.MoveAsync(LifecycleAction.Pause);

        var taken = await world.Get<SnapshotTaker>().TakeAsync(
            running, LookKind.Look, null, new DueLook(AnalysisWorld.Start + Cadence, 0), LookHistory.Empty, Actor.System, CancellationToken.None);

        Assert.Null(taken);
        Assert.Equal(0, await world.CountAsync("snapshots"));
    }

    [Fact]
    public async Task A_resume_after_harm_stands_even_when_the_server_that_paused_has_a_slow_clock()
    {
        await using var world = await AnalysisWorld.StartAsync();
        world.Sums.Read = GivenSums.Of(30_000, 3_000, 3_000, errors: 1_200);
        await world.LookAfterAsync(Cadence, 1);
        await AnalysisWorld.UntilAsync(async () => (await world.StateAsync()).Status == ExperimentStatus.Paused, "the pause");
        await world.MoveAsync(LifecycleAction.Resume);
        await world.ExecuteAsync("UPDATE experiment_epochs SET closed_at = closed_at - interval '10 seconds' WHERE interrupted");

        var checks = world.Sums.Readings;
        world.Clock.Advance(TimeSpan.FromMinutes(10));
        await AnalysisWorld.UntilAsync(() => Task.FromResult(world.Sums.Readings > checks), "a check of the sample ratio");

        Assert.Equal(ExperimentStatus.Running, (await world.StateAsync()).Status);
        Assert.Equal(1, await world.CountAsync("audit WHERE action = 'experiment.pause'"));
    }

    [Fact]
    public async Task What_another_server_remembers_of_the_sample_ratio_is_heard_at_the_next_look()
    {
        await using var world = await AnalysisWorld.StartAsync();
        await world.Analysis.AnalyzeAsync(AnalysisWorld.Tester);
        await world.ExecuteAsync(
            $$"""
            INSERT INTO engine.grain_states (grain_type, grain_key, state_name, payload, etag)
            SELECT grain_type, '{{AnalysisWorld.Key}}', 'analysis', '{"SrmMaximumLogBayesFactor": 50, "AssignmentMaximumLogBayesFactor": 0}', 1
            FROM engine.reminders LIMIT 1
            """);

        var snapshot = await world.Analysis.AnalyzeAsync(AnalysisWorld.Tester);

        Assert.True((await world.BodyAsync(snapshot.Value!.SnapshotId)).GetProperty("srm").GetProperty("alarm").GetBoolean());
    }

    [Fact]
    public async Task A_look_that_cannot_be_computed_leaves_nothing_behind_and_its_number_to_the_next()
    {
        await using var world = await AnalysisWorld.StartAsync();
        var whole = world.Sums.Read;
        world.Sums.Read = whole with { Sums = [.. whole.Sums.Select(sum => sum with { Matured = sum.Matured with { Sum = "damaged" } })] };
        var due = new DueLook(AnalysisWorld.Start + Cadence, 0);

        await Assert.ThrowsAnyAsync<Exception>(() => TakeAsync(world, LookKind.Look, due));
        var left = await world.CountAsync("looks") + await world.CountAsync("snapshots");
        world.Sums.Read = whole;
        var next = await TakeAsync(world, LookKind.Look, due);

        Assert.Equal(0, left);
        Assert.Equal(1, next?.Reference.LookNumber);
    }

    /// <summary>Lets something happen once, while the next snapshot is about to read its inputs.</summary>
    private static TaskCompletionSource<T> Between<T>(AnalysisWorld world, Func<Task<T>> other)
    {
        var done = new TaskCompletionSource<T>();
        world.Sums.Draining = async () =>
        {
            world.Sums.Draining = () => Task.CompletedTask;
            done.SetResult(await other());
        };
        return done;
    }

    private static async Task<TakenSnapshot?> TakeAsync(AnalysisWorld world, LookKind kind, DueLook? due) =>
        await world.Get<SnapshotTaker>().TakeAsync(
            await world.StateAsync(), kind, await world.LastLookAsync(), due, LookHistory.Empty, Actor.System, CancellationToken.None);
}
