using System.Text.Json;
using Splitstream.Cli.Tests.Fakes;
using Splitstream.Cli.Up;
using Splitstream.Testing;

namespace Splitstream.EndToEnd.Tests;

/// <summary>Nobody special can run it: no root, a home of their own, a checkout of their own that is built already.</summary>
public sealed class OrdinaryUserTests : IDisposable
{
    private const string OtherUser = "nobody";

    private readonly TemporaryFolder _folder = new();

    private string Copy => Path.Combine(_folder.Path, "splitstream");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Up_assign_and_down_work_without_root()
    {
        await CopyCheckoutAsync();
        var data = DataFolder.At(Path.Combine(Copy, ".splitstream"));
        JsonElement assigned;
        List<string> owners;
        var run = await RunAsync("./splitstream", "up", "--detach", "--json", "--port", $"{Installation.FreePort()}");
        var up = run.Json();
        try
        {
            using var client = JsonApi.Client(up.GetProperty("url").GetString()!, up.GetProperty("admin").GetString()!);
            var api = new JsonApi(client);
            await api.PostAsync("/v1/experiments", new
            {
                key = "own",
                name = "Own",
                hypothesis = "Nobody special can run this as well.",
                variants = new[] { new { key = "control", weight = 1 }, new { key = "treatment", weight = 1 } },
            }, 201);
            await api.PostAsync("/v1/experiments/own/start");
            assigned = await api.PostAsync("/v1/assign", new { unitId = "alice", experiments = new[] { "own" } });
            owners = await OwnersAsync(UpState.Read(data).Servers.Single().Process.Id, PostgresCluster.RunningProcess(data)!.Id);
        }
        finally
        {
            (await RunAsync("./splitstream", "down")).Succeeded();
        }

        Assert.DoesNotContain("Building", run.Error, StringComparison.Ordinal);
        Assert.Equal(data.Path, up.GetProperty("data").GetString());
        Assert.Equal("assigned", Assert.Single(assigned.GetProperty("assignments").EnumerateArray()).GetProperty("reason").GetString());
        var user = Environment.IsPrivilegedProcess ? OtherUser : Environment.UserName;
        Assert.Equal([user, user], owners);
        Assert.Empty(Installation.ProcessesOf(data.Path));
    }

    /// <summary>Times of files are kept, so that the launcher finds everything built.</summary>
    private async Task CopyCheckoutAsync()
    {
        (await CommandRun.RunAsync([Installation.Launcher, "--help"], Installation.Root)).Succeeded();
        const string copy = """
            mkdir -p "$1" && cp -a splitstream Splitstream.sln src Directory.*.props global.json BannedSymbols.txt .editorconfig "$1" &&
            mkdir -p "$1/artifacts" && cp -a artifacts/launcher "$1/artifacts"
            """;
        (await CommandRun.RunAsync(["bash", "-c", copy, "copy", Copy], Installation.Root)).Succeeded();
        if (Environment.IsPrivilegedProcess)
        {
            (await CommandRun.RunAsync(["chown", "-R", OtherUser, _folder.Path], _folder.Path)).Succeeded();
        }
    }

    private Task<CommandRun> RunAsync(params string[] command)
    {
        string[] become = Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={OtherUser}", "--regid=65534", "--clear-groups", "--"] : [];
        return CommandRun.RunAsync([.. become, .. command], Copy, new Dictionary<string, string> { ["HOME"] = _folder.Path, ["USER"] = "", ["LOGNAME"] = "" });
    }

    private async Task<List<string>> OwnersAsync(params int[] processes)
    {
        var owners = new List<string>();
        foreach (var process in processes)
        {
            owners.Add((await CommandRun.RunAsync(["stat", "-c", "%U", $"/proc/{process}"], _folder.Path)).Succeeded().Trim());
        }

        return owners;
    }
}
