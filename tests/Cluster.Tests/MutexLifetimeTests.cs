using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Units;

namespace Splitstream.Cluster.Tests;

/// <summary>Promise 2 over time: how long a claim lives, and who may claim after it.</summary>
public sealed class MutexLifetimeTests
{
    private const int Units = 50;

    [Fact]
    public async Task Archiving_releases_claims_into_history_and_no_two_claims_of_a_unit_overlap()
    {
        await using var node = await Node.StartAsync();
        await node.CreateGroupAsync("group");
        await node.RunAsync(Node.Definition("first", "group"));
        await ClaimAllAsync(node, "first");
        await node.RunAsync(Node.Definition("late", "group"));

        var held = await node.AssignAsync("unit-0", "late");
        await node.Experiment("first").TransitionAsync(LifecycleAction.Stop, null, null, Node.Tester);
        var stillHeld = await node.AssignAsync("unit-0", "late");
        await node.Experiment("first").TransitionAsync(LifecycleAction.Archive, null, null, Node.Tester);
        await ClaimAllAsync(node, "late");

        Assert.Equal(DecisionReason.MutexHoldout, held[0].Reason);
        Assert.Equal(DecisionReason.MutexHoldout, stillHeld[0].Reason);
        var overlaps = await node.QueryAsync(
            "SELECT count(*) FROM mutex_claims c JOIN mutex_claim_history h USING (group_id, unit_id) WHERE c.claimed_at < h.released_at",
            row => row.GetInt64(0));
        var (live, past) = (await CountAsync(node, "mutex_claims"), await CountAsync(node, "mutex_claim_history"));
        Assert.Equal((Units, Units, 0), (live, past, overlaps[0]));
    }

    [Fact]
    public async Task A_rebucket_keeps_the_claim_and_the_unit_returns_to_its_experiment()
    {
        await using var node = await Node.StartAsync();
        await node.CreateGroupAsync("group");
        await node.RunAsync(Node.Definition("a", "group"));
        await node.RunAsync(Node.Definition("b", "group"));
        var before = Assert.Single(await node.AssignAsync("unit", "a", "b"), answer => answer.Variant is not null);
        Assert.True(UnitId.TryCreate("unit", out var unit, out _));

        var rebucketed = await node.Get<IUnitDirectory>().RebucketAsync(unit, before.Experiment, Node.Tester, CancellationToken.None);
        var other = await node.AssignAsync("unit", before.Experiment == "a" ? "b" : "a");
        var after = Assert.Single(await node.AssignAsync("unit", "b", "a"), answer => answer.Variant is not null);

        Assert.True(rebucketed.IsOk);
        Assert.Equal(DecisionReason.MutexHoldout, other[0].Reason);
        Assert.Equal((before.Experiment, before.Variant, DecisionReason.Assigned), (after.Experiment, after.Variant, after.Reason));
    }

    [Fact]
    public async Task A_paused_experiment_gives_nobody_a_treatment_and_a_resume_gives_back_the_same_one()
    {
        await using var node = await Node.StartAsync();
        await node.RunAsync(Node.Definition("kill-switch"));
        var before = (await node.AssignAsync("unit", "kill-switch"))[0];

        await node.Experiment("kill-switch").TransitionAsync(LifecycleAction.Pause, null, null, Node.Tester);
        var paused = (await node.AssignAsync("unit", "kill-switch"))[0];
        await node.Experiment("kill-switch").TransitionAsync(LifecycleAction.Resume, null, null, Node.Tester);
        var resumed = (await node.AssignAsync("unit", "kill-switch"))[0];

        Assert.Equal((null, DecisionReason.NotRunning), (paused.Variant, paused.Reason));
        Assert.Equal((before.Variant, DecisionReason.Sticky, before.AssignedAt), (resumed.Variant, resumed.Reason, resumed.AssignedAt));
    }

    [Fact]
    public async Task A_closed_experiment_keeps_its_units_and_takes_no_new_ones()
    {
        await using var node = await Node.StartAsync();
        await node.RunAsync(Node.Definition("closing"));
        var before = (await node.AssignAsync("known", "closing"))[0];

        await node.Experiment("closing").TransitionAsync(LifecycleAction.Close, null, null, Node.Tester);
        var known = (await node.AssignAsync("known", "closing"))[0];
        var stranger = (await node.AssignAsync("stranger", "closing"))[0];

        Assert.Equal((before.Variant, DecisionReason.Sticky), (known.Variant, known.Reason));
        Assert.Equal((null, DecisionReason.NotRunning), (stranger.Variant, stranger.Reason));
    }

    private static async Task ClaimAllAsync(Node node, string experiment)
    {
        for (var unit = 0; unit < Units; unit++)
        {
            Assert.NotNull((await node.AssignAsync($"unit-{unit}", experiment))[0].Variant);
        }
    }

    private static async Task<long> CountAsync(Node node, string table) =>
        (await node.QueryAsync($"SELECT count(*) FROM {table}", row => row.GetInt64(0)))[0];
}
