using System.Text.Json;
using Splitstream.Bucketing;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Database.Tests.Analysis;

/// <summary>Looks come by reminder, once each, and leave behind what the next one needs.</summary>
public sealed class LookTests
{
    private static readonly TimeSpan Cadence = TimeSpan.FromMinutes(240);

    [Fact]
    public async Task Looks_are_taken_on_the_cadence_and_numbered_from_one()
    {
        await using var world = await AnalysisWorld.StartAsync();

        var first = await world.LookAfterAsync(Cadence, 1);
        var second = await world.LookAfterAsync(Cadence, 2);

        Assert.Equal((AnalysisWorld.Start + Cadence, 0, "look"), (first.ScheduledAt, first.Missed, first.Kind));
        Assert.Equal(AnalysisWorld.Start + (2 * Cadence), second.ScheduledAt);
        Assert.Equal(2, await world.CountAsync("snapshots"));
        Assert.Equal(2, await world.CountAsync("audit WHERE action = 'snapshot.taken' AND actor = 'system'"));
    }

    [Fact]
    public async Task Missed_looks_collapse_into_one_that_says_how_many()
    {
        await using var world = await AnalysisWorld.StartAsync();

        var look = await world.LookAfterAsync((5 * Cadence) + TimeSpan.FromMinutes(3), 1);

        Assert.Equal((AnalysisWorld.Start + (5 * Cadence), 4), (look.ScheduledAt, look.Missed));
        var body = JsonDocument.Parse((await world.Snapshots.LatestAsync(AnalysisWorld.Key, CancellationToken.None))!.Body).RootElement;
        Assert.Equal(4, body.GetProperty("missedLooks").GetInt32());
        Assert.Equal(1, body.GetProperty("lookNumber").GetInt32());
        var next = await world.LookAfterAsync(Cadence - TimeSpan.FromMinutes(3), 2);
        Assert.Equal(AnalysisWorld.Start + (6 * Cadence), next.ScheduledAt);
    }

    [Fact]
    public async Task Of_two_servers_at_one_look_the_slower_discards_its_own()
    {
        await using var world = await AnalysisWorld.StartAsync();
        var state = await world.StateAsync();
        var taker = world.Get<SnapshotTaker>();
        var due = new DueLook(AnalysisWorld.Start + Cadence, 0);
        Task<TakenSnapshot?> TakeAsync() =>
            taker.TakeAsync(state, LookKind.Look, null, due, LookHistory.Empty, Actor.System, CancellationToken.None);
        TakenSnapshot? faster = null;
        world.Sums.Meanwhile = async () =>
        {
            world.Sums.Meanwhile = () => Task.CompletedTask;
            faster = await TakeAsync();
        };

        var slower = await TakeAsync();

        Assert.Equal(1, faster?.Reference.LookNumber);
        Assert.Null(slower);
        Assert.Equal(1, await world.CountAsync("looks"));
        Assert.Equal(1, await world.CountAsync("snapshots"));
        Assert.Equal(1, await world.CountAsync("audit WHERE action = 'snapshot.taken'"));
    }

    [Fact]
    public async Task What_the_rule_decided_at_a_look_stands_at_the_next()
    {
        await using var world = await AnalysisWorld.StartAsync();
        world.Sums.Read = GivenSums.Of(30_000, 3_000, 3_300);
        await world.LookAfterAsync(Cadence, 1);
        world.Sums.Read = GivenSums.Of(31_000, 3_100, 3_100);

        await world.LookAfterAsync(Cadence, 2);

        var decision = JsonDocument.Parse((await world.Snapshots.LatestAsync(AnalysisWorld.Key, CancellationToken.None))!.Body)
            .RootElement.GetProperty("decision");
        Assert.Equal("ship", decision.GetProperty("status").GetString());
        Assert.Equal(1, decision.GetProperty("decidedAtLook").GetInt32());
    }

    [Fact]
    public async Task Nothing_is_looked_at_while_paused_and_a_stop_gets_one_last_look()
    {
        await using var world = await AnalysisWorld.StartAsync();
        await world.MoveAsync(LifecycleAction.Pause);
        world.Clock.Advance(3 * Cadence);
        await world.MoveAsync(LifecycleAction.Stop);

        var last = await world.LookAfterAsync(TimeSpan.FromMinutes(5), 1);
        await AnalysisWorld.UntilAsync(async () => await world.CountAsync("engine.reminders") == 0, "the end of the reminders");

        Assert.Equal("final", last.Kind);
        Assert.Equal(1, await world.CountAsync("snapshots"));
    }

    [Fact]
    public async Task A_stop_is_followed_by_its_look_after_a_second()
    {
        await using var world = await AnalysisWorld.StartAsync();
        await world.LookAfterAsync(Cadence, 1);
        await world.MoveAsync(LifecycleAction.Stop);

        var last = await world.LookAfterAsync(TimeSpan.FromSeconds(1), 2);
        await AnalysisWorld.UntilAsync(async () => await world.CountAsync("engine.reminders") == 0, "the end of the reminders");

        Assert.Equal(("final", AnalysisWorld.Start + Cadence + TimeSpan.FromSeconds(1)), (last.Kind, last.TakenAt));
    }

    [Fact]
    public async Task An_edit_of_the_cadence_moves_the_next_look_and_all_after_it()
    {
        await using var world = await AnalysisWorld.StartAsync();
        await world.LookAfterAsync(Cadence, 1);
        var state = await world.StateAsync();
        var hourly = new ExperimentEdit(
            null, null, null, null, default, default, null, default, null, null, state.Definition.Rule with { CadenceMinutes = 60 }, true);

        Assert.True((await world.Experiment.EditAsync(hourly, state.Version, AnalysisWorld.Tester)).IsOk);

        Assert.Equal(1, await world.CountAsync("engine.reminders WHERE name = 'look' AND period_ms = 3600000"));
        var second = await world.LookAfterAsync(TimeSpan.FromHours(1), 2);
        var third = await world.LookAfterAsync(TimeSpan.FromHours(1), 3);
        Assert.Equal((AnalysisWorld.Start + Cadence + TimeSpan.FromHours(1), 0), (second.ScheduledAt, second.Missed));
        Assert.Equal((AnalysisWorld.Start + Cadence + TimeSpan.FromHours(2), 0), (third.ScheduledAt, third.Missed));
    }

    [Fact]
    public async Task A_harmed_guardrail_pauses_the_experiment_once()
    {
        await using var world = await AnalysisWorld.StartAsync();
        world.Sums.Read = GivenSums.Of(30_000, 3_000, 3_000, errors: 1_200);

        await world.LookAfterAsync(Cadence, 1);
        await AnalysisWorld.UntilAsync(async () => (await world.StateAsync()).Status == ExperimentStatus.Paused, "the pause");
        await world.MoveAsync(LifecycleAction.Resume);
        var second = await world.LookAfterAsync(Cadence, 2);

        Assert.False(second.Pauses);
        Assert.Equal(ExperimentStatus.Running, (await world.StateAsync()).Status);
        Assert.Equal(1, await world.CountAsync("audit WHERE action = 'experiment.pause' AND actor = 'system'"));
    }

    [Fact]
    public async Task An_alarm_between_looks_is_still_heard_at_the_next()
    {
        await using var world = await AnalysisWorld.StartAsync();
        var sound = world.Sums.Read;
        world.Sums.Read = sound with { Units = [sound.Units[0], sound.Units[1] with { Analysed = 27_000 }] };
        world.Clock.Advance(TimeSpan.FromMinutes(5));
        await AnalysisWorld.UntilAsync(async () => await world.CountAsync("engine.grain_states") == 1, "the check of the sample ratio");
        world.Sums.Read = sound;

        var snapshot = await world.Analysis.AnalyzeAsync(AnalysisWorld.Tester);

        var body = await world.BodyAsync(snapshot.Value!.SnapshotId);
        Assert.True(body.GetProperty("srm").GetProperty("alarm").GetBoolean());
        Assert.Equal("srm", body.GetProperty("decision").GetProperty("reason").GetString());
        Assert.Equal(0, await world.CountAsync("looks"));
    }
}
