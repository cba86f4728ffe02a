using System.Globalization;
using Npgsql;
using Splitstream.Bucketing;
using Splitstream.Grains.Nodes;
using Splitstream.Testing;
using Splitstream.Testing.History;

namespace Splitstream.Cluster.Tests;

/// <summary>Servers whose notifications are cut off, slow, lost or back again: what was answered elsewhere still binds them.</summary>
public sealed class CutOffNodesTests
{
    private const int Nodes = 3;
    private const int Units = 24;
    private const int Readers = 9;
    private const int Rebucketers = 3;
    private const string Key = "sticky";
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(8);
    private static readonly double[][] Weightings = [[1, 0], [0, 1], [1, 1]];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, Soak.Seeds)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Answered_rebuckets_edits_and_stops_are_not_contradicted_whatever_happens_to_notifications(int seed)
    {
        await using var paths = new NotificationPaths();
        await using var fleet = await Fleet.StartAsync(Nodes, paths.Next);
        await fleet[0].RunAsync(Node.Definition(Key));
        var history = new ClientHistory(TimeProvider.System);
        using var enough = new CancellationTokenSource(Duration);

        await Task.WhenAll(
        [
            paths.DisturbAsync(seed, LongestStep, LongestDelay, enough.Token),
            .. Enumerable.Range(0, Readers).Select(i => ReadAsync(fleet, history, seed, i, enough.Token)),
            .. Enumerable.Range(0, Rebucketers).Select(i => RebucketAsync(fleet, history, seed, i, enough.Token)),
            EditAsync(fleet, history, seed, enough.Token),
        ]);
        var last = new HistoryClient(history, "last");
        await last.ChangeAsync(fleet[seed].Client, Key, ChangeKind.Stop);
        for (var unit = 0; unit < Units; unit++)
        {
            await last.AssignAsync(fleet[unit].Client, $"unit-{unit}", Key);
            await last.AssignAsync(fleet[unit].Client, $"late-{unit}", Key);
        }

        paths.Restore();
        await using var connection = new NpgsqlConnection(fleet[0].ConnectionString);
        await connection.OpenAsync();
        var tables = await TableReader.ReadAsync(connection, "");
        var violations = HistoryChecker.Check(history.Records, tables);
        Assert.True(violations.Count == 0, $"Seed {seed}, {violations.Count} violations:\n{violations.FirstOrDefault()}");
        Assert.Contains(history.Records, record => record is RebucketRecord { Exchange.IsDone: true });
        Assert.Contains(history.Records, record => record is ChangeRecord { Kind: ChangeKind.Edit, Exchange.IsDone: true });
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("pause")]
    [InlineData("close")]
    public async Task A_node_that_has_not_heard_of_the_end_assigns_nobody_even_before_the_end_is_answered(string end)
    {
        await using var paths = new NotificationPaths();
        await using var fleet = await Fleet.StartAsync(2, paths.Next);
        var deaf = fleet[1];
        await fleet[0].RunAsync(Node.Definition(Key));
        await Until.TrueAsync(() => deaf.Get<CacheLease>().IsHeld);
        await deaf.AssignAsync("first", Key);
        paths[1].Drop();

        var ending = fleet[0].PostAsync($"/v1/experiments/{Key}/{end}");
        await Until.TrueAsync(async () => (await fleet[0].QueryAsync($"SELECT status FROM experiments WHERE key = '{Key}'", row => row.GetString(0)))[0] != "running");
        var meanwhile = Assert.Single(await deaf.AssignAsync("second", Key));
        await ending;
        var afterwards = Assert.Single(await deaf.AssignAsync("first", Key));
        paths.Restore();

        Assert.Equal((DecisionReason.NotRunning, (string?)null), (meanwhile.Reason, meanwhile.Variant));
        Assert.Equal(end == "close" ? DecisionReason.Sticky : DecisionReason.NotRunning, afterwards.Reason);
        Assert.Single(await fleet[0].QueryAsync("SELECT unit_id FROM assignments", row => row.GetString(0)));
    }

    [Fact]
    public async Task A_node_that_has_not_heard_of_new_weights_assigns_by_them_even_before_they_are_answered()
    {
        await using var paths = new NotificationPaths();
        await using var fleet = await Fleet.StartAsync(2, paths.Next);
        var deaf = fleet[1];
        await fleet[0].RunAsync(Node.Definition(Key, null, 1, 0));
        await Until.TrueAsync(() => deaf.Get<CacheLease>().IsHeld);
        var old = Assert.Single(await deaf.AssignAsync("old", Key));
        paths[1].Cut();

        var editing = fleet[0].SendAsync(HttpMethod.Patch, $"/v1/experiments/{Key}", Weights(0, 1), ifMatch: "\"2\"");
        await Until.TrueAsync(async () => (await fleet[0].QueryAsync("SELECT version FROM experiments", row => row.GetInt64(0)))[0] == 3);
        var added = Assert.Single(await deaf.AssignAsync("new", Key));
        await editing;
        paths.Restore();

        Assert.Equal(("control", "treatment-1"), (old.Variant, added.Variant));
    }

    [Fact]
    public async Task Clocks_that_are_wrong_and_jump_change_nothing()
    {
        var jumping = new ShiftedTime();
        await using var first = await Node.StartAsync(time: jumping);
        await using var second = await Node.StartAsync(first.ConnectionString, time: new ShiftedTime { Offset = TimeSpan.FromHours(-2) });
        await first.RunAsync(Node.Definition(Key));
        for (var round = 0; round < 8; round++)
        {
            jumping.Offset = TimeSpan.FromHours(round % 2 == 0 ? 3 : -3);
            var unit = $"unit-{round}";
            var before = Assert.Single(await second.AssignAsync(unit, Key));
            var same = Assert.Single(await first.AssignAsync(unit, Key));
            await second.PostAsync("/v1/units/rebucket", new { unitId = unit, experiment = Key });
            var after = Assert.Single(await first.AssignAsync(unit, Key));

            Assert.Equal((before.Variant, before.AssignedAt), (same.Variant, same.AssignedAt));
            Assert.Equal(DecisionReason.Assigned, after.Reason);
            Assert.True(first.Get<CacheLease>().IsHeld && second.Get<CacheLease>().IsHeld);
        }
    }

    private static object Weights(params double[] weights) => new
    {
        variants = weights.Select((weight, i) => new { key = i == 0 ? "control" : $"treatment-{i}", weight }), confirm = true,
    };

    private static async Task ReadAsync(Fleet fleet, ClientHistory history, int seed, int reader, CancellationToken enough)
    {
        var client = new HistoryClient(history, $"reader-{reader}");
        var random = new Random(HashCode.Combine(seed, reader));
        while (!enough.IsCancellationRequested)
        {
            await client.AssignAsync(fleet[random.Next(Nodes)].Client, $"unit-{random.Next(Units)}", Key);
        }
    }

    private static async Task RebucketAsync(Fleet fleet, ClientHistory history, int seed, int who, CancellationToken enough)
    {
        var client = new HistoryClient(history, $"rebucketer-{who}");
        var random = new Random(HashCode.Combine(seed, -1 - who));
        while (!enough.IsCancellationRequested)
        {
            // What was answered is asked for at once, at the servers that did not answer it.
            var (node, unit) = (random.Next(Nodes), $"unit-{random.Next(Units)}");
            await client.RebucketAsync(fleet[node].Client, unit, Key);
            await client.AssignAsync(fleet[node + 1].Client, unit, Key);
            await client.AssignAsync(fleet[node + 2].Client, unit, Key);
        }
    }

    private static async Task EditAsync(Fleet fleet, ClientHistory history, int seed, CancellationToken enough)
    {
        var client = new HistoryClient(history, "editor");
        var random = new Random(HashCode.Combine(seed, int.MaxValue));
        for (var edit = 0; !enough.IsCancellationRequested; edit++)
        {
            var state = await fleet[random.Next(Nodes)].GetAsync($"/v1/experiments/{Key}");
            var version = string.Create(CultureInfo.InvariantCulture, $"\"{state.GetProperty("version").GetInt64()}\"");
            await client.ChangeAsync(
                fleet[random.Next(Nodes)].Client, Key, ChangeKind.Edit, Weights(Weightings[edit % Weightings.Length]), version);
            await client.AssignAsync(fleet[random.Next(Nodes)].Client, $"new-{edit}", Key);
        }
    }
}
