using System.Collections.Concurrent;
using Orleans;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Testing;

namespace Splitstream.Cluster.Tests;

/// <summary>Looks of one experiment when every server's reminders tick at once: each is taken by one of them, whole and for good.</summary>
public sealed class LooksOnSeveralNodesTests
{
    private const string Key = "checkout";
    private const int Servers = 3;
    private const int Units = 600;

    [Fact]
    public async Task Servers_that_tick_together_take_every_look_once_and_each_snapshot_verifies_on_another()
    {
        const int rounds = 12;
        await using var fleet = await Fleet.StartAsync(Servers);
        var variants = await StartAsync(fleet);
        var views = new ConcurrentBag<long>();
        var posted = 0;
        for (var round = 1; round <= rounds; round++)
        {
            // Ever fewer treated units are seen, so that every check of the sample ratio has more to remember than the last one.
            var seen = variants.Where((unit, i) => i % rounds == round - 1 && (unit.Value == "control" || round == 1)).ToList();
            posted += seen.Count;
            await LetTimePassAsync(fleet);
            await Fleet.TogetherAsync(
            [
                .. fleet.Nodes.Select(node => Work(() => TickAsync(node, AnalysisGrain.LookReminder))),
                .. fleet.Nodes.Select(node => Work(() => TickAsync(node, AnalysisGrain.SrmReminder))),
                .. fleet.Nodes.Select(node => Work(() => AnalyzeAsync(node))),
                .. fleet.Nodes.Select(node => Work(async () => views.Add(await ViewAsync(node)))),
                Work(() => PostAsync(fleet.Nodes[round % Servers], seen, "signup")),
            ]);
        }

        var looks = await fleet.First.QueryAsync(
            """
            SELECT l.look_number, s.look_number, s.inputs, l.history
            FROM looks l JOIN snapshots s USING (snapshot_id) ORDER BY l.look_number
            """,
            row => (Look: row.GetInt32(0), Snapshot: row.GetInt32(1), Inputs: row.GetString(2), After: row.GetString(3)));
        Assert.Equal(Enumerable.Range(1, rounds), looks.Select(look => look.Look));
        Assert.Equal(Enumerable.Range(1, rounds), looks.Select(look => look.Snapshot));
        Assert.All(looks.Zip(looks.Skip(1)), pair => AssertFollows(pair.First.After, pair.Second.Inputs));
        Assert.Equal(rounds, await fleet.CountAsync("snapshots WHERE look_number IS NOT NULL"));
        Assert.Equal(await fleet.CountAsync("snapshots"), await fleet.CountAsync("audit WHERE action = 'snapshot.taken'"));
        Assert.Equal(views.Count, await fleet.CountAsync("snapshot_views"));
        Assert.Equal(views.Count, views.Max());
        await AssertEverySnapshotVerifiesAsync(fleet);
        await AssertNothingCountedTwiceAsync(fleet, posted);
        await fleet.AssertAuditIsIntactAsync();
        Assert.Equal(1, await fleet.CountAsync($"{EngineTables.ReadableStates} WHERE (payload ->> 'SrmMaximumLogBayesFactor')::float8 > 0"));
    }

    [Fact]
    public async Task Harm_that_all_servers_find_at_once_pauses_once_and_a_resume_stands()
    {
        await using var fleet = await Fleet.StartAsync(Servers);
        var variants = await StartAsync(fleet);
        await PostAsync(
            fleet.First, variants, "error", unit => unit.Key.EndsWith('1') || (unit.Value != "control" && !unit.Key.EndsWith('2')));
        await LetTimePassAsync(fleet);

        await TickAllAsync(fleet);
        var paused = await fleet.CountAsync("experiments WHERE status = 'paused'");
        await TickAllAsync(fleet);
        await fleet.First.PostAsync($"/v1/experiments/{Key}/resume");
        await TickAllAsync(fleet);
        await LetTimePassAsync(fleet);
        await TickAllAsync(fleet);

        Assert.Equal(1, paused);
        Assert.Equal(1, await fleet.CountAsync("experiments WHERE status = 'running'"));
        Assert.Equal(1, await fleet.CountAsync("audit WHERE action = 'experiment.pause' AND actor = 'system'"));
        Assert.Equal(1, await fleet.CountAsync("looks WHERE pauses"));
        Assert.Equal(2, await fleet.CountAsync("looks"));
        await AssertEverySnapshotVerifiesAsync(fleet);
        await fleet.AssertAuditIsIntactAsync();
    }

    [Fact]
    public async Task A_stop_gets_one_final_look_and_looks_missed_by_all_collapse_into_one()
    {
        await using var fleet = await Fleet.StartAsync(Servers);
        var variants = await StartAsync(fleet);
        await PostAsync(fleet.First, variants, "signup");
        await LetTimePassAsync(fleet, looks: 5);
        await TickAllAsync(fleet);

        await fleet.Nodes[1].Experiment(Key).TransitionAsync(LifecycleAction.Stop, null, null, Node.Tester);
        await TickAllAsync(fleet);
        await TickAllAsync(fleet);

        var looks = await fleet.First.QueryAsync(
            "SELECT look_number, kind, missed FROM looks ORDER BY look_number",
            row => (row.GetInt32(0), row.GetString(1), row.GetInt32(2)));
        Assert.Equal([(1, "look", 4), (2, "final", 0)], looks);
        Assert.Equal(2, await fleet.CountAsync("snapshots"));
        Assert.Equal(0, await fleet.CountAsync(EngineTables.Reminders));
        await AssertEverySnapshotVerifiesAsync(fleet);
    }

    private static async Task<Dictionary<string, string>> StartAsync(Fleet fleet)
    {
        var metrics = fleet.First.Get<IMetricStore>();
        var signups = new MetricDefinition(
            "signups", "Sign-ups", MetricType.Conversion, "signup", null, null, MetricDirection.Increase, null, null, 14);
        var errors = signups with { Key = "errors", Event = "error", Direction = MetricDirection.Decrease, Margin = new MetricBound(0.01, false) };
        Assert.True((await metrics.CreateAsync(signups, Node.Tester, CancellationToken.None)).IsOk);
        Assert.True((await metrics.CreateAsync(errors, Node.Tester, CancellationToken.None)).IsOk);
        await fleet.First.RunAsync(Node.Definition(Key) with
        {
            PrimaryMetric = "signups", Guardrails = ["errors"], Rule = DecisionRule.Default with { MinSample = 100, MinDays = 0 },
        });
        var assigned = new Dictionary<string, string>();
        for (var unit = 0; unit < Units; unit++)
        {
            assigned.Add($"unit-{unit}", (await fleet.First.AssignAsync($"unit-{unit}", Key))[0].Variant!);
        }

        return assigned;
    }

    /// <summary>Exposures of these units, and for those that <paramref name="act"/> names an event each.</summary>
    private static async Task PostAsync(
        Node node, IReadOnlyCollection<KeyValuePair<string, string>> units, string name, Func<KeyValuePair<string, string>, bool>? act = null)
    {
        var exposedAt = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        await node.PostAsync("/v1/exposures", new
        {
            exposures = units.Select(unit => new { unitId = unit.Key, experiment = Key, variant = unit.Value, timestamp = exposedAt }),
        }, 202);
        await node.PostAsync("/v1/events", new
        {
            events = units.Where(unit => act is null || act(unit))
                .Select(unit => new { eventId = $"{name}-{unit.Key}", unitId = unit.Key, name, timestamp = exposedAt.AddSeconds(1) }),
        }, 202);
    }

    /// <summary>As if that many cadences had gone by since the last look, or since the start.</summary>
    private static async Task LetTimePassAsync(Fleet fleet, int looks = 1)
    {
        var passed = $"interval '{looks * DecisionRule.Default.CadenceMinutes} minutes'";
        await fleet.ExecuteAsync(
            $"""
            UPDATE experiments SET started_at = started_at - {passed};
            UPDATE looks SET scheduled_at = scheduled_at - {passed}
            """);
    }

    private static Func<Task<int>> Work(Func<Task> work) => async () =>
    {
        await work();
        return 0;
    };

    /// <summary>What the reminder service of that server does when its timer fires.</summary>
    private static Task TickAsync(Node node, string reminder) =>
        node.Get<IGrainFactory>().GetGrain<IAnalysisGrain>(Key).AsReference<IRemindable>().ReceiveReminder(reminder, default);

    private static Task TickAllAsync(Fleet fleet) => Fleet.TogetherAsync(
    [
        .. fleet.Nodes.Select(node => Work(() => TickAsync(node, AnalysisGrain.LookReminder))),
        .. fleet.Nodes.Select(node => Work(() => TickAsync(node, AnalysisGrain.SrmReminder))),
    ]);

    private static async Task AnalyzeAsync(Node node)
    {
        var taken = await node.Get<IGrainFactory>().GetGrain<IAnalysisGrain>(Key).AnalyzeAsync(Node.Tester);
        Assert.True(taken.IsOk, taken.Problem?.Detail);
        Assert.Null(taken.Value!.LookNumber);
    }

    private static async Task<long> ViewAsync(Node node) =>
        (await node.GetAsync($"/v1/experiments/{Key}/results")).GetProperty("viewCount").GetInt64();

    /// <summary>A look takes over what the one before left, and at least its evidence of a skewed sample.</summary>
    private static void AssertFollows(string after, string inputs)
    {
        var (left, taken) = (CanonicalJson.ReadHistory(after), CanonicalJson.ReadInput(inputs).Look.History);
        Assert.Equal(left.Merge(taken).SrmMaximumLogBayesFactor, taken.SrmMaximumLogBayesFactor);
        Assert.Equal(left.PausedFor, taken.PausedFor);
        Assert.Equal(left.Decided, taken.Decided);
    }

    private static async Task AssertEverySnapshotVerifiesAsync(Fleet fleet)
    {
        var ids = await fleet.First.QueryAsync("SELECT snapshot_id FROM snapshots ORDER BY taken_at", row => row.GetString(0));
        Assert.NotEmpty(ids);
        foreach (var (number, id) in ids.Index())
        {
            var verified = await fleet.Nodes[number % Servers].Get<ISnapshotStore>().VerifyAsync(id, CancellationToken.None);
            Assert.Equal(new VerifyResult("matches", "matches", null), verified.Value);
        }
    }

    private static async Task AssertNothingCountedTwiceAsync(Fleet fleet, int posted)
    {
        await AnalyzeAsync(fleet.First);
        var results = await fleet.First.GetAsync($"/v1/experiments/{Key}/results");
        var signups = results.GetProperty("metrics").EnumerateArray().Single(metric => metric.GetProperty("metric").GetString() == "signups");
        Assert.Equal(posted, signups.GetProperty("variants").EnumerateArray().Sum(variant => variant.GetProperty("sum").GetDouble()));
        var ledger = await fleet.First.QueryAsync(
            "SELECT received, counted, duplicate + quarantined + rejected + dead FROM ingest_ledger",
            row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)));
        Assert.Equal([(posted, posted, 0), (posted, posted, 0)], ledger);
        Assert.Equal(0, await fleet.CountAsync("batches"));
    }
}
