using System.Text.Json;
using Splitstream.Cli.Up;

namespace Splitstream.EndToEnd.Tests;

/// <summary>A newcomer pastes what the README shows, character by character, and gets what it promises.</summary>
public sealed class ReadmeTests(Installation installation) : IClassFixture<Installation>
{
    [Fact]
    public async Task The_tour_answers_every_call_and_shows_its_unit_and_its_event()
    {
        // The folder holds the server's .splitstream, as a checkout does after `up`; only the port is another.
        var run = await CommandRun.RunAsync(
            ["bash"], installation.Folder, new Dictionary<string, string> { ["SPLITSTREAM_URL"] = installation.Url }, Readme.Tour);

        var answers = run.Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Empty(run.Error);
        Assert.DoesNotContain("\"code\":", run.Out, StringComparison.Ordinal);
        Assert.Equal(9, answers.Length);
        Assert.Equal("running", answers[2].GetProperty("status").GetString());
        var assignment = Assert.Single(answers[3].GetProperty("assignments").EnumerateArray());
        var variant = assignment.GetProperty("variant").GetString();
        Assert.Equal("assigned", assignment.GetProperty("reason").GetString());
        Assert.Contains(variant, (string[])["control", "treatment"]);
        Assert.All(answers[4..6], answer => Assert.Equal(1, answer.GetProperty("accepted").GetInt32()));
        Assert.Equal(2, answers[6].GetProperty("epochs").GetArrayLength());
        Assert.Equal(answers[7].GetProperty("snapshotId").GetString(), answers[8].GetProperty("snapshotId").GetString());
        Assert.All(
            answers[8].GetProperty("srm").GetProperty("observed").EnumerateObject(),
            count => Assert.Equal(count.Name == variant ? 1 : 0, count.Value.GetInt64()));
        var metric = Assert.Single(answers[8].GetProperty("metrics").EnumerateArray());
        Assert.Equal("purchase", metric.GetProperty("metric").GetString());
        var held = Assert.Single(metric.GetProperty("variants").EnumerateArray(), v => v.GetProperty("variant").GetString() == variant);
        Assert.Equal((1L, 1.0), (held.GetProperty("units").GetInt64(), held.GetProperty("sum").GetDouble()));
    }

    [Fact]
    public async Task The_import_it_shows_prints_a_report()
    {
        File.CreateSymbolicLink(Path.Combine(installation.Folder, "splitstream"), Installation.Launcher);
        await File.WriteAllLinesAsync(
            Path.Combine(installation.Folder, "players.csv"),
            ["userid,version,retention_7", .. Enumerable.Range(0, 40).Select(i => $"{i},gate_{(i % 2 == 0 ? 30 : 40)},{(i % 3 == 0 ? "True" : "False")}")]);

        var run = await CommandRun.RunAsync(
            ["bash", "-c", Readme.Indented("./splitstream import")],
            installation.Folder,
            new Dictionary<string, string> { ["SPLITSTREAM_URL"] = installation.Url, ["SPLITSTREAM_KEY"] = Keys.Read(installation.Data)!.Admin });

        var report = run.Succeeded();
        Assert.Contains("Experiment gate", report, StringComparison.Ordinal);
        Assert.Contains("retention_7 (primary, conversion)", report, StringComparison.Ordinal);
        Assert.Contains("gate_30 (control)", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_two_commands_exist_and_can_be_run()
    {
        var programs = Readme.Commands.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).ToArray();

        Assert.Equal(["./splitstream", "tests/run"], programs);
        Assert.All(programs, program =>
            Assert.True(File.GetUnixFileMode(Path.Combine(Installation.Root, program)).HasFlag(UnixFileMode.UserExecute), program));
    }

    [Fact]
    public async Task Every_verb_explains_itself()
    {
        var help = (await CommandRun.RunAsync([Installation.Launcher, "--help"], installation.Folder)).Succeeded();
        var verbs = help.Split('\n').SkipWhile(line => line != "Commands:").Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault()).OfType<string>().ToArray();

        Assert.Equal(["up", "down", "import", "results", "verify", "eval", "calibrate", "power"], verbs);
        foreach (var verb in verbs)
        {
            var own = (await CommandRun.RunAsync([Installation.Launcher, verb, "--help"], installation.Folder)).Succeeded();
            Assert.Contains($"splitstream {verb}", own, StringComparison.Ordinal);
        }
    }
}
