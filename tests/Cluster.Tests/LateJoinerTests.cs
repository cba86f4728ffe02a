using System.Collections.Concurrent;
using System.Text.Json;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Cluster.Tests;

/// <summary>An experiment that joins a mutex group when others already hold units of it.</summary>
public sealed class LateJoinerTests
{
    private const string Early = "early";
    private const string Late = "late";
    private const int Units = 100;
    private const int Taken = 60;
    private const int Clients = 32;

    /// <summary>A unit's claims in a group in the order of time, each beside the one before it: none begins before that one ended.</summary>
    private const string Overlaps =
        """
        (SELECT claimed_at, lag(released_at) OVER (PARTITION BY group_id, unit_id ORDER BY claimed_at, released_at) AS free_at FROM (
            SELECT group_id, unit_id, claimed_at, 'infinity'::timestamptz AS released_at FROM mutex_claims
            UNION ALL
            SELECT group_id, unit_id, claimed_at, released_at FROM mutex_claim_history) claims) ordered
        WHERE claimed_at < free_at
        """;

    [Fact]
    public async Task A_late_joiner_gets_what_nobody_holds_and_its_snapshot_states_the_share_already_claimed()
    {
        await using var fleet = await Fleet.StartAsync(2);
        var held = await HoldAsync(fleet.First);

        var asked = await AskAsync(fleet.First, Late);
        var again = await AskAsync(fleet.First, Early, Taken);
        var snapshot = await AnalyzeAsync(fleet.First);
        var repeated = await AnalyzeAsync(fleet.First);
        await ArchiveAsync(fleet.First, Early);
        var freed = await AskAsync(fleet.First, Late);
        var afterwards = await AnalyzeAsync(fleet.First);

        Assert.All(asked.Take(Taken), answer => Assert.Equal(DecisionReason.MutexHoldout, answer.Reason));
        Assert.All(asked.Skip(Taken), answer => Assert.Equal(DecisionReason.Assigned, answer.Reason));
        Assert.Equal(
            held.Select(answer => (answer.Variant, answer.AssignedAt)), again.Select(answer => (answer.Variant, answer.AssignedAt)));
        Assert.Equal((Units, Taken, 0.6, Taken, Units - Taken, 0.6), Mutex(snapshot));
        Assert.Equal(snapshot.GetProperty("inputHash").GetString(), repeated.GetProperty("inputHash").GetString());
        Assert.All(freed.Take(Taken), answer => Assert.Equal(DecisionReason.Assigned, answer.Reason));
        Assert.All(freed.Skip(Taken), answer => Assert.Equal(DecisionReason.Sticky, answer.Reason));
        Assert.Equal((Units, Taken, 0.6, 0, Units, 0.0), Mutex(afterwards));
        Assert.Equal(Taken, await fleet.CountAsync("mutex_claim_history WHERE claimed_at < released_at AND reason = 'archived'"));
        Assert.Equal(0, await fleet.CountAsync(Overlaps));
        foreach (var taken in new[] { snapshot, repeated, afterwards })
        {
            // Also those from before the archive, whose claims have moved since.
            Assert.Equal(new VerifyResult("matches", "matches", null), await VerifyAsync(fleet.Nodes[1], taken));
        }
    }

    [Fact]
    public async Task A_forged_claim_shows_in_the_snapshot_s_verification()
    {
        await using var fleet = await Fleet.StartAsync(1);
        await HoldAsync(fleet.First);
        var snapshot = await AnalyzeAsync(fleet.First);

        await fleet.ExecuteAsync("DELETE FROM mutex_claims WHERE unit_id = 'unit-0'");

        Assert.Equal(new VerifyResult("matches", "differs", "claims"), await VerifyAsync(fleet.First, snapshot));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task An_archive_under_fire_hands_every_unit_over_and_no_two_claims_overlap(int seed)
    {
        await using var fleet = await Fleet.StartAsync(2);
        var held = await HoldAsync(fleet.First);
        var answers = new ConcurrentBag<UnitAnswer>();
        var underFire = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        await Fleet.TogetherAsync(
        [
            .. Enumerable.Range(0, Clients).Select(client => (Func<Task<int>>)(async () =>
            {
                var random = new Random((seed * Clients) + client);
                foreach (var unit in Enumerable.Range(0, 3 * Units).OrderBy(_ => random.Next()).Select(unit => $"unit-{unit % Units}"))
                {
                    string[] asked = random.Next(3) switch { 0 => [Early], 1 => [Late], _ => [Late, Early] };
                    foreach (var answer in await fleet.Nodes[random.Next(2)].AssignAsync(unit, asked))
                    {
                        answers.Add(new UnitAnswer(unit, answer));
                    }

                    if (answers.Count > Clients * Units)
                    {
                        underFire.TrySetResult();
                    }
                }

                return 0;
            })),
            async () =>
            {
                await underFire.Task;
                await ArchiveAsync(fleet.First, Early);
                return 0;
            },
        ]);
        await UntilAllAreLateAsync(fleet.Nodes[1]);

        Assert.True(await fleet.CountAsync(Overlaps) == 0, $"Claims of a unit overlap, seed {seed}.");
        Assert.Equal(Units, await fleet.CountAsync("mutex_claims"));
        Assert.Equal(Units, await fleet.CountAsync("mutex_claims JOIN assignments USING (experiment_id, unit_id)"));
        Assert.Equal(0, await fleet.CountAsync(
            "assignments a WHERE NOT EXISTS (SELECT FROM mutex_claims c WHERE c.experiment_id = a.experiment_id AND c.unit_id = a.unit_id)"
            + " AND NOT EXISTS (SELECT FROM mutex_claim_history c WHERE c.experiment_id = a.experiment_id AND c.unit_id = a.unit_id)"));
        var rows = (await fleet.First.QueryAsync(
            "SELECT e.key, a.unit_id, a.variant FROM assignments a JOIN experiments e USING (experiment_id)",
            row => (row.GetString(0), row.GetString(1), row.GetString(2)))).ToHashSet();
        Assert.All(answers.Where(given => given.Answer.Variant is not null), given =>
            Assert.Contains((given.Answer.Experiment, given.Unit, given.Answer.Variant!), rows));
        Assert.All(held.Index(), pair => Assert.Contains((Early, $"unit-{pair.Index}", pair.Item.Variant!), rows));
    }

    /// <summary>The early experiment holds the first units when the late one starts.</summary>
    private static async Task<List<UnitAssignment>> HoldAsync(Node node)
    {
        await node.CreateGroupAsync("group");
        await node.RunAsync(Node.Definition(Early, "group"));
        var held = await AskAsync(node, Early, Taken);
        await node.RunAsync(Node.Definition(Late, "group"));
        return held;
    }

    private static async Task<List<UnitAssignment>> AskAsync(Node node, string experiment, int units = Units)
    {
        var answers = new List<UnitAssignment>();
        for (var unit = 0; unit < units; unit++)
        {
            answers.Add(Assert.Single(await node.AssignAsync($"unit-{unit}", experiment)));
        }

        return answers;
    }

    /// <summary>A server learns of the archive in its own time; from then on it lets the late experiment claim.</summary>
    private static async Task UntilAllAreLateAsync(Node node)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while ((await AskAsync(node, Late)).Any(answer => answer.Variant is null))
        {
            Assert.False(patience.IsCancellationRequested, "Waited in vain for the released units.");
        }
    }

    private static async Task ArchiveAsync(Node node, string experiment)
    {
        Assert.True((await node.Experiment(experiment).TransitionAsync(LifecycleAction.Stop, null, null, Node.Tester)).IsOk);
        Assert.True((await node.Experiment(experiment).TransitionAsync(LifecycleAction.Archive, null, null, Node.Tester)).IsOk);
    }

    private static async Task<JsonElement> AnalyzeAsync(Node node)
    {
        var taken = await node.PostAsync($"/v1/experiments/{Late}/analyze");
        return await node.GetAsync($"/v1/experiments/{Late}/snapshots/{taken.GetProperty("snapshotId").GetString()}");
    }

    private static async Task<VerifyResult?> VerifyAsync(Node node, JsonElement snapshot) =>
        (await node.Get<ISnapshotStore>().VerifyAsync(snapshot.GetProperty("snapshotId").GetString()!, CancellationToken.None)).Value;

    private static (long Units, long AtStart, double ShareAtStart, long ByOthers, long Own, double ShareByOthers) Mutex(JsonElement snapshot)
    {
        var mutex = snapshot.GetProperty("mutex");
        return (
            mutex.GetProperty("units").GetInt64(),
            mutex.GetProperty("claimedAtStart").GetInt64(),
            mutex.GetProperty("shareClaimedAtStart").GetDouble(),
            mutex.GetProperty("claimedByOthers").GetInt64(),
            mutex.GetProperty("claimed").GetInt64(),
            mutex.GetProperty("shareClaimedByOthers").GetDouble());
    }

    private sealed record UnitAnswer(string Unit, UnitAssignment Answer);
}
