using System.Text.Json;
using Splitstream.Cli.Up;

namespace Splitstream.EndToEnd.Tests;

/// <summary>`up` and `down` as people use them: twice, after one another, and with nothing left behind.</summary>
public sealed class LifecycleTests(Installation installation) : IClassFixture<Installation>
{
    private const int Units = 50;

    [Fact]
    public async Task Up_again_keeps_keys_experiments_and_assignments_and_down_leaves_no_process()
    {
        var keys = Keys.Read(installation.Data);
        await CreateAsync("kept");
        var before = await AssignAsync("kept", "assigned");

        var whileRunning = (await installation.RunAsync("up", "--detach", "--json")).Json();
        var running = UpState.Read(installation.Data).Servers.Single().Process;
        var held = Installation.ProcessesOf(installation.Data.Path);
        (await installation.DownAsync()).Succeeded();
        var left = Installation.ProcessesOf(installation.Data.Path);
        await installation.UpAsync();
        var after = await AssignAsync("kept", "sticky");

        Assert.Equal(keys!.Admin, whileRunning.GetProperty("admin").GetString());
        Assert.Contains(held, process => process.StartsWith($"{running.Id}:", StringComparison.Ordinal));
        Assert.Contains(held, process => process.Contains("postgres", StringComparison.Ordinal));
        Assert.False(running.IsAlive);
        Assert.Empty(left);
        Assert.Equal(keys, Keys.Read(installation.Data));
        Assert.Equal(before.Order(), after.Order());
        Assert.Equal("running", (await installation.Api.GetAsync("/v1/experiments/kept")).GetProperty("status").GetString());
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(ownerOnly, File.GetUnixFileMode(installation.Data.KeysFile));
    }

    [Fact]
    public async Task Down_twice_is_no_error()
    {
        (await installation.DownAsync()).Succeeded();

        var again = await installation.DownAsync();

        Assert.Equal(0, again.ExitCode);
        Assert.Contains("Nothing was running", again.Error, StringComparison.Ordinal);
        await installation.UpAsync();
    }

    private async Task CreateAsync(string key)
    {
        await installation.Api.PostAsync("/v1/experiments", new
        {
            key,
            name = key,
            hypothesis = "This test shows what it is meant to show.",
            variants = new[] { new { key = "control", weight = 1 }, new { key = "treatment", weight = 1 } },
        }, 201);
        await installation.Api.PostAsync($"/v1/experiments/{key}/start");
    }

    private async Task<List<(string Unit, string Variant, string AssignedAt)>> AssignAsync(string experiment, string reason)
    {
        var answer = await installation.Api.PostAsync("/v1/assign/batch", new
        {
            units = Enumerable.Range(0, Units).Select(i => new { unitId = $"unit-{i}" }), experiments = new[] { experiment },
        });
        var assigned = new List<(string, string, string)>();
        foreach (var unit in answer.GetProperty("units").EnumerateArray())
        {
            var assignment = Assert.Single(unit.GetProperty("assignments").EnumerateArray());
            Assert.Equal(reason, assignment.GetProperty("reason").GetString());
            assigned.Add((Text(unit, "unitId"), Text(assignment, "variant"), Text(assignment, "assignedAt")));
        }

        return assigned;
    }

    private static string Text(JsonElement node, string name) => node.GetProperty(name).GetString()!;
}
