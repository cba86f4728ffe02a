using System.Collections.Concurrent;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Testing;

namespace Splitstream.Cluster.Tests;

/// <summary>Promises 1 and 2 with everybody asking at once: what clients were told, against what the tables hold.</summary>
public sealed class ConcurrentClaimsTests
{
    private const int Clients = 64;
    private const int Units = 1_000;

    [Fact]
    public async Task Sixty_four_clients_never_see_two_variants_nor_two_exclusive_experiments()
    {
        await using var node = await Node.StartAsync();
        await node.CreateGroupAsync("checkout");
        await node.RunAsync(Node.Definition("left", "checkout"));
        await node.RunAsync(Node.Definition("right", "checkout", 50, 30, 20));
        await node.RunAsync(Node.Definition("free", null, 1, 2));
        var answers = new ConcurrentBag<(string Unit, UnitAssignment Answer)>();

        await Parallel.ForEachAsync(
            Enumerable.Range(0, Clients),
            new ParallelOptions { MaxDegreeOfParallelism = Clients },
            async (client, _) =>
            {
                // Every client asks for every unit, in an order of its own and for experiments in an order of its own.
                var random = new Random(client);
                foreach (var unit in Enumerable.Range(0, Units).OrderBy(_ => random.Next()))
                {
                    string[] asked = ["left", "right", "free"];
                    random.Shuffle(asked);
                    var some = asked.Take(1 + random.Next(3)).ToArray();
                    foreach (var answer in await node.AssignAsync($"unit-{unit}", some))
                    {
                        answers.Add(($"unit-{unit}", answer));
                    }
                }
            });

        foreach (var pair in answers.Where(a => a.Answer.Variant is not null).GroupBy(a => (a.Unit, a.Answer.Experiment)))
        {
            Assert.Single(pair.Select(a => (a.Answer.Variant, a.Answer.AssignedAt)).Distinct());
        }

        var told = answers.Where(a => a.Answer.Variant is not null)
            .Select(a => (a.Answer.Experiment, a.Unit, a.Answer.Variant!)).ToHashSet();
        var rows = (await node.QueryAsync(
            "SELECT e.key, a.unit_id, a.variant FROM assignments a JOIN experiments e USING (experiment_id)",
            row => (row.GetString(0), row.GetString(1), row.GetString(2)))).ToHashSet();
        Assert.Equal(rows, told);
        Assert.Equal(Units, rows.Count(row => row.Item1 == "free"));
        Assert.Equal(Units, rows.Count(row => row.Item1 is "left" or "right"));
        var overlapping = rows.Where(row => row.Item1 is "left" or "right").GroupBy(row => row.Item2).Count(group => group.Count() > 1);
        Assert.Equal(0, overlapping);
        Assert.All(answers.Where(a => a.Answer.Variant is null), a => Assert.Equal(DecisionReason.MutexHoldout, a.Answer.Reason));
        Assert.DoesNotContain("deadlock detected", await File.ReadAllTextAsync(PostgresServer.Shared.LogFile));
    }

    [Theory]
    [InlineData("a", "b", "c")]
    [InlineData("c", "b", "a")]
    [InlineData("zebra", "10", "Middle one")]
    public async Task Members_asked_for_together_get_their_shares_whatever_their_names_and_order(string first, string second, string third)
    {
        const int units = 6_000;
        await using var node = await Node.StartAsync();
        await node.CreateGroupAsync("group", (first, 50), (second, 30), (third, 20));
        string[] members = [first, second, third];
        foreach (var member in members)
        {
            await node.RunAsync(Node.Definition(member, "group"));
        }

        var counts = new ConcurrentDictionary<string, int>();
        await Parallel.ForEachAsync(Enumerable.Range(0, units), new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (unit, _) =>
        {
            var held = Assert.Single(await node.AssignAsync($"unit-{unit}", members), answer => answer.Variant is not null);
            counts.AddOrUpdate(held.Experiment, 1, (_, count) => count + 1);
        });

        double[] shares = [0.5, 0.3, 0.2];
        var chiSquared = members.Select((member, i) => Math.Pow(counts[member] - (units * shares[i]), 2) / (units * shares[i])).Sum();

        // Upper 1e-4 point of chi-square with 2 degrees of freedom: seeds are random, so this fails once in ten thousand runs.
        Assert.True(chiSquared < 18.42, $"chi-squared {chiSquared:F1}: {string.Join(", ", counts)}");
    }

    [Fact]
    public async Task Four_hundred_units_equal_the_published_function()
    {
        await using var node = await Node.StartAsync();
        var state = await node.RunAsync(Node.Definition("published", null, 50, 30, 20));
        var split = VariantSplit.Create([.. state.Definition.Variants.Select(v => new WeightedVariant(v.Key, v.Weight))]);

        for (var unit = 0; unit < 400; unit++)
        {
            var answer = Assert.Single(await node.AssignAsync($"unit-{unit}", "published"));
            var bucket = Bucket.Of("published", $"unit-{unit}", state.BucketingSeed);
            Assert.Equal(split.Variants[split.Choose(bucket)].Key, answer.Variant);
            Assert.Equal(DecisionReason.Assigned, answer.Reason);
        }
    }
}
