using System.Text.Json;
using Splitstream.Cli.Up;
using Splitstream.Testing;

namespace Splitstream.EndToEnd.Tests;

/// <summary>`up --nodes 3`: three real servers over one database give one answer, and a killed one comes back where it was.</summary>
public sealed class NodesTests
{
    private const int Nodes = 3;
    private const int Units = 40;
    private const int SigKill = 9;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Three_servers_answer_alike_and_a_killed_one_is_brought_back_on_its_port()
    {
        var installation = new Installation();
        try
        {
            await installation.UpAsync(Nodes);
            await installation.Api.PostAsync("/v1/experiments", new
            {
                key = "shared",
                name = "Shared",
                hypothesis = "This test shows what it is meant to show.",
                variants = new[] { new { key = "control", weight = 1 }, new { key = "treatment", weight = 1 } },
            }, 201);
            await installation.Api.PostAsync("/v1/experiments/shared/start");
            var second = await AssignAsync(installation, 1);
            var third = await AssignAsync(installation, 2);

            var before = UpState.Read(installation.Data).Servers;
            before[2].Process.Signal(SigKill);
            Assert.True(await before[2].Process.WaitForEndAsync(Patience, TimeProvider.System));
            var up = (await installation.RunAsync("up", "--detach", "--json")).Json();
            var after = UpState.Read(installation.Data).Servers;
            var restored = await AssignAsync(installation, 2);
            var held = Installation.ProcessesOf(installation.Data.Path);
            (await installation.DownAsync()).Succeeded();

            Assert.Equal(2, second.Values.Distinct().Count());
            Assert.Equal(second, third);
            Assert.Equal(second, restored);
            Assert.Equal(installation.Urls, up.GetProperty("nodes").EnumerateArray().Select(url => url.GetString()!));
            Assert.Equal(before.Select(server => server.Port), after.Select(server => server.Port));
            Assert.Equal(before.Take(2), after.Take(2));
            Assert.NotEqual(before[2].Process, after[2].Process);
            Assert.All(after, server => Assert.Contains(held, process => process.StartsWith($"{server.Process.Id}:", StringComparison.Ordinal)));
            Assert.Empty(Installation.ProcessesOf(installation.Data.Path));
        }
        finally
        {
            await installation.DisposeAsync();
        }
    }

    /// <summary>The variant of every unit as one server answers it, once the start of the experiment has reached that server.</summary>
    private static async Task<SortedDictionary<string, string>> AssignAsync(Installation installation, int node)
    {
        using var client = JsonApi.Client(installation.Urls[node], Keys.Read(installation.Data)!.Client);
        var units = Enumerable.Range(0, Units).Select(i => new { unitId = $"unit-{i}" });
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var answer = await new JsonApi(client).PostAsync("/v1/assign/batch", new { units, experiments = new[] { "shared" } });
            var assignments = answer.GetProperty("units").EnumerateArray()
                .Select(unit => (Unit: Text(unit, "unitId"), Assignment: unit.GetProperty("assignments")[0])).ToList();
            if (assignments.All(one => Text(one.Assignment, "reason") is "assigned" or "sticky"))
            {
                return new SortedDictionary<string, string>(
                    assignments.ToDictionary(one => one.Unit, one => Text(one.Assignment, "variant")), StringComparer.Ordinal);
            }

            patience.Token.ThrowIfCancellationRequested();
        }
    }

    private static string Text(JsonElement node, string name) => node.GetProperty(name).GetString()!;
}
