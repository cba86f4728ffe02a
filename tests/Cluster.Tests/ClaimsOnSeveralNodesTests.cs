using Npgsql;
using Splitstream.Testing;
using Splitstream.Testing.History;

namespace Splitstream.Cluster.Tests;

/// <summary>Promises 1 and 2 on three servers that are asked for the same units at once, while the database drops their connections.</summary>
public sealed class ClaimsOnSeveralNodesTests
{
    private const int Nodes = 3;
    private const int Units = 150;
    private const int Terminations = 6;
    private static readonly string[][] Questions = [["left"], ["right"], ["left", "right"], ["right", "free", "left"], ["free"]];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, Soak.Seeds)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_unit_has_one_variant_and_one_exclusive_experiment(int seed)
    {
        await using var fleet = await Fleet.StartAsync(Nodes);
        await fleet[0].CreateGroupAsync("group");
        await fleet[0].RunAsync(Node.Definition("left", "group"));
        await fleet[0].RunAsync(Node.Definition("right", "group"));
        await fleet[0].RunAsync(Node.Definition("free", null, 50, 30, 20));
        var history = new ClientHistory(TimeProvider.System);
        var random = new Random(seed);
        int[] terminateAt = [.. Enumerable.Range(0, Terminations).Select(_ => random.Next(Units))];

        for (var unit = 0; unit < Units; unit++)
        {
            // All servers at once, each twice, with questions that overlap.
            var asked = Enumerable.Range(0, 2 * Nodes).Select(i => AskAsync(
                fleet[i].Client, new HistoryClient(history, $"client-{i}"), $"unit-{unit}", Questions[random.Next(Questions.Length)])).ToList();
            if (terminateAt.Contains(unit))
            {
                await PostgresServer.Shared.TerminateBackendsAsync("splitstream", new NpgsqlConnectionStringBuilder(fleet[0].ConnectionString).Database);
            }

            await Task.WhenAll(asked);
        }

        await using var connection = new NpgsqlConnection(fleet[0].ConnectionString);
        await connection.OpenAsync();
        var violations = HistoryChecker.Check(history.Records, await TableReader.ReadAsync(connection, ""));
        Assert.True(violations.Count == 0, $"Seed {seed}, {violations.Count} violations:\n{violations.FirstOrDefault()}");
    }

    /// <summary>Once more after a failure, as clients do.</summary>
    private static async Task AskAsync(HttpClient node, HistoryClient client, string unit, string[] experiments)
    {
        var answer = await client.AssignAsync(node, unit, experiments);
        if (!answer.Exchange.IsDone)
        {
            await client.AssignAsync(node, unit, experiments);
        }
    }
}
