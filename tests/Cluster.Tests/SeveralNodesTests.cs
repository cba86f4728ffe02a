using System.Net;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Nodes;
using Splitstream.Storage.Nodes;
using Splitstream.Testing;

namespace Splitstream.Cluster.Tests;

/// <summary>Several servers over one database: what one of them has answered binds the others at once.</summary>
public sealed class SeveralNodesTests
{
    private const int Nodes = 3;
    private const int Rounds = 12;

    private static readonly object OnlyTreatment = new
    {
        variants = new[] { new { key = "control", weight = 0 }, new { key = "treatment-1", weight = 1 } }, confirm = true,
    };

    [Fact]
    public async Task A_change_answered_by_one_node_is_followed_by_the_next_request_to_any_other()
    {
        await using var fleet = await Fleet.StartAsync(Nodes);
        for (var round = 0; round < Rounds; round++)
        {
            var key = $"experiment-{round}";
            var (here, there) = (fleet[round], fleet[round + 1]);
            await here.RunAsync(Node.Definition(key));
            var first = Assert.Single(await there.AssignAsync("first", key));
            await there.SendAsync(HttpMethod.Patch, $"/v1/experiments/{key}", OnlyTreatment, ifMatch: "\"2\"");
            var second = Assert.Single(await here.AssignAsync("second", key));
            await fleet[round + 2].Experiment(key).TransitionAsync(LifecycleAction.Stop, null, null, Node.Tester);
            var third = Assert.Single(await here.AssignAsync("third", key));

            Assert.Equal(DecisionReason.Assigned, first.Reason);
            Assert.Equal((DecisionReason.Assigned, "treatment-1"), (second.Reason, second.Variant));
            Assert.Equal((DecisionReason.NotRunning, (string?)null), (third.Reason, third.Variant));
        }
    }

    [Fact]
    public async Task A_rebucket_answered_by_one_node_is_not_contradicted_by_the_memory_of_another()
    {
        await using var fleet = await Fleet.StartAsync(Nodes);
        await fleet[0].RunAsync(Node.Definition("sticky"));
        for (var round = 0; round < Rounds; round++)
        {
            var unit = $"unit-{round}";
            var before = await fleet.AskAllAsync(unit, "sticky");
            await fleet[round].PostAsync("/v1/units/rebucket", new { unitId = unit, experiment = "sticky" });
            var after = await fleet.AskAllAsync(unit, "sticky");

            Assert.Single(before.Select(answer => answer.AssignedAt).Distinct());
            var again = Assert.Single(after.Select(answer => answer.AssignedAt).Distinct());
            Assert.True(again > before[0].AssignedAt);
        }
    }

    [Fact]
    public async Task A_key_works_everywhere_once_it_was_shown_and_nowhere_once_its_revocation_was_answered()
    {
        await using var fleet = await Fleet.StartAsync(Nodes);
        for (var round = 0; round < Rounds; round++)
        {
            var made = await fleet[round].PostAsync("/v1/api-keys", new { name = $"key {round}", scopes = new[] { "assign" } }, 201);
            using var client = JsonApi.Client(fleet[round + 1].Client.BaseAddress!.ToString(), made.GetProperty("secret").GetString()!);
            var body = new { unitId = "unit", experiments = Array.Empty<string>() };
            await new JsonApi(client).SendAsync(HttpMethod.Post, "/v1/assign", body, 200);
            await fleet[round + 2].SendAsync(HttpMethod.Delete, $"/v1/api-keys/{made.GetProperty("id").GetString()}", status: 204);
            await new JsonApi(client).SendAsync(HttpMethod.Post, "/v1/assign", body, (int)HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task A_change_without_a_version_is_decided_anew_when_another_node_wrote_in_between()
    {
        await using var fleet = await Fleet.StartAsync(Nodes);
        await fleet[0].RunAsync(Node.Definition("contested"));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, Nodes).Select(i =>
            fleet[i].Experiment("contested").TransitionAsync(LifecycleAction.Pause, null, null, Node.Tester)));
        var paused = await Task.WhenAll(Enumerable.Range(0, Nodes).Select(i => fleet[i].Experiment("contested").GetAsync()));

        Assert.Single(outcomes, outcome => outcome.IsOk);
        Assert.All(paused, outcome => Assert.Equal((ExperimentStatus.Paused, 3), (outcome.Value!.Status, outcome.Value.Version)));
    }

    [Fact]
    public async Task A_node_that_died_is_waited_for_once()
    {
        await using var node = await Node.StartAsync();
        await node.QueryAsync("INSERT INTO nodes (node_id) VALUES ('dead') RETURNING 1", row => row.GetInt32(0));

        await node.CreateGroupAsync("group");

        Assert.DoesNotContain("dead", await RegisteredAsync(node));
    }

    [Fact]
    public async Task A_node_that_died_is_forgotten_though_nothing_changes()
    {
        await using var node = await Node.StartAsync();
        await node.QueryAsync(
            "INSERT INTO nodes (node_id, seen_at) VALUES ('dead', now() - interval '1 minute') RETURNING 1", row => row.GetInt32(0));

        await Until.TrueAsync(async () => !(await RegisteredAsync(node)).Contains("dead"));
    }

    [Fact]
    public async Task A_node_that_is_no_longer_registered_forgets_what_it_knew_and_enters_anew()
    {
        await using var node = await Node.StartAsync();
        await node.RunAsync(Node.Definition("sticky"));
        await node.AssignAsync("unit", "sticky");
        await node.QueryAsync("DELETE FROM nodes RETURNING 1", row => row.GetInt32(0));

        // Nobody tells this node, because nobody knows of it.
        await node.QueryAsync("DELETE FROM assignments RETURNING 1", row => row.GetInt32(0));
        await Until.TrueAsync(async () => Assert.Single(await node.AssignAsync("unit", "sticky")).Reason == DecisionReason.Assigned);

        await Until.TrueAsync(() => node.Get<CacheLease>().IsHeld);
        Assert.Single(await RegisteredAsync(node));
    }

    [Fact]
    public async Task A_node_that_ends_in_order_is_waited_for_no_more()
    {
        await using var stays = await Node.StartAsync();
        await using (var leaves = await Node.StartAsync(stays.ConnectionString))
        {
            await Until.TrueAsync(async () => (await RegisteredAsync(stays)).Count == 2);
            await leaves.CreateGroupAsync("group");
        }

        Assert.Equal([stays.Get<Announcer>().NodeId], await RegisteredAsync(stays));
    }

    private static Task<List<string>> RegisteredAsync(Node node) => node.QueryAsync("SELECT node_id FROM nodes", row => row.GetString(0));
}
