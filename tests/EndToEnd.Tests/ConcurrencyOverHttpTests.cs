using System.Collections.Concurrent;
using System.Text.Json;
using Splitstream.Cli.Up;
using Splitstream.Testing;

namespace Splitstream.EndToEnd.Tests;

/// <summary>Promises 1 and 2 as clients see them: what 64 of them were told over HTTP, against what the tables hold.</summary>
public sealed class ConcurrencyOverHttpTests(Installation installation) : IClassFixture<Installation>
{
    private const int Clients = 64;
    private const int Units = 1_000;

    /// <summary>Units in one call, at most; a call of one unit goes to the endpoint for single units.</summary>
    private const int LargestCall = 20;

    private static readonly string[] Experiments = ["left", "right", "free"];

    private sealed record Told(string Unit, string Experiment, string? Variant, string Reason, string? AssignedAt);

    [Fact]
    public async Task Sixty_four_clients_never_see_two_variants_nor_two_exclusive_experiments()
    {
        await installation.Api.PostAsync("/v1/mutex-groups", new { key = "checkout", name = "Checkout" }, 201);
        await RunExperimentAsync("left", "checkout", 1, 1);
        await RunExperimentAsync("right", "checkout", 50, 30, 20);
        await RunExperimentAsync("free", null, 1, 2);
        var told = new ConcurrentBag<Told>();
        var key = Keys.Read(installation.Data)!.Client;
        // Nobody starts before everybody is there.
        using var barrier = new SemaphoreSlim(0);
        var arrived = 0;

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async seed =>
        {
            using var client = JsonApi.Client(installation.Url, key);
            if (Interlocked.Increment(ref arrived) == Clients)
            {
                barrier.Release(Clients);
            }

            await barrier.WaitAsync();
            await AskForEverybodyAsync(new JsonApi(client), new Random(seed), told);
        }));

        var assigned = told.Where(answer => answer.Variant is not null).ToArray();
        foreach (var pair in assigned.GroupBy(answer => (answer.Unit, answer.Experiment)))
        {
            Assert.Single(pair.Select(answer => (answer.Variant, answer.AssignedAt)).Distinct());
        }

        var rows = (await installation.QueryAsync(
            "SELECT e.key, a.unit_id, a.variant FROM assignments a JOIN experiments e USING (experiment_id)",
            row => (row.GetString(0), row.GetString(1), row.GetString(2)))).ToHashSet();
        Assert.Equal(rows, assigned.Select(answer => (answer.Experiment, answer.Unit, answer.Variant!)).ToHashSet());
        Assert.Equal(Units, rows.Count(row => row.Item1 == "free"));
        var exclusive = rows.Where(row => row.Item1 is "left" or "right").ToArray();
        Assert.Equal(Units, exclusive.Length);
        Assert.Equal(Units, exclusive.Select(row => row.Item2).Distinct().Count());
        Assert.All(exclusive.GroupBy(row => row.Item1), group => Assert.InRange(group.Count(), 1, Units - 1));
        Assert.All(told.Where(answer => answer.Variant is null), answer => Assert.Equal("mutex_holdout", answer.Reason));
        Assert.DoesNotContain("deadlock detected", await File.ReadAllTextAsync(installation.Data.DatabaseLog), StringComparison.Ordinal);
    }

    /// <summary>Every client asks for every unit: in an order and in portions of its own, for experiments in an order of its own.</summary>
    private static async Task AskForEverybodyAsync(JsonApi api, Random random, ConcurrentBag<Told> told)
    {
        var units = Enumerable.Range(0, Units).Select(i => $"unit-{i}").ToArray();
        random.Shuffle(units);
        for (var next = 0; next < Units;)
        {
            var some = units[next..Math.Min(Units, next + 1 + random.Next(LargestCall))];
            next += some.Length;
            var asked = Experiments.ToArray();
            random.Shuffle(asked);
            asked = asked[..(1 + random.Next(asked.Length))];
            var answers = some.Length == 1
                ? [await api.PostAsync("/v1/assign", new { unitId = some[0], experiments = asked })]
                : (await api.PostAsync("/v1/assign/batch", new { units = some.Select(unitId => new { unitId }), experiments = asked }))
                    .GetProperty("units").EnumerateArray().ToArray();
            Assert.Equal(some, answers.Select(answer => answer.GetProperty("unitId").GetString()));
            foreach (var (unit, answer) in some.Zip(answers))
            {
                var own = answer.GetProperty("assignments").EnumerateArray().ToArray();
                Assert.Equal(asked, own.Select(assignment => assignment.GetProperty("experiment").GetString()));
                foreach (var assignment in own)
                {
                    told.Add(Read(unit, assignment));
                }
            }
        }
    }

    private static Told Read(string unit, JsonElement assignment) => new(
        unit,
        assignment.GetProperty("experiment").GetString()!,
        assignment.GetProperty("variant").GetString(),
        assignment.GetProperty("reason").GetString()!,
        assignment.GetProperty("assignedAt").GetString());

    private async Task RunExperimentAsync(string key, string? group, params int[] weights)
    {
        await installation.Api.PostAsync("/v1/experiments", new
        {
            key,
            name = key,
            hypothesis = "This test shows what it is meant to show.",
            variants = weights.Select((weight, i) => new { key = i == 0 ? "control" : $"treatment-{i}", weight }),
            mutexGroup = group,
        }, 201);
        await installation.Api.PostAsync($"/v1/experiments/{key}/start");
    }
}
