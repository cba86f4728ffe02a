using System.Text.Json.Nodes;
using Splitstream.Cli.Tests.Fakes;
using Splitstream.Cli.Up;

namespace Splitstream.Cli.Tests.Server;

/// <summary>`results`, `verify`, and what every client verb says when something is wrong.</summary>
public sealed class ReadingVerbsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeApi _api = new();

    public void Dispose()
    {
        _api.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Results_are_printed_as_the_server_said_them()
    {
        _api.Experiments["gate one"] = new JsonObject { ["primaryMetric"] = "won" };

        var json = await RunAsync("results", "gate one", "--json");
        var text = await RunAsync("results", "gate one");

        Assert.True(json.ExitCode == 0, json.ToString());
        Assert.Equal(0.19020134228187919, JsonNode.Parse(json.Out)!["metrics"]![0]!["variants"]![1]!["mean"]!.GetValue<double>());
        Assert.Contains("-0.008201298315", text.Out, StringComparison.Ordinal);
        Assert.Contains("snap-1", text.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_shown_with_its_code_and_detail()
    {
        var missing = await RunAsync("results", "nothing");
        var wrongKey = await Captured.RunAsync(new Checkout(_folder.Path), ["results", "nothing", "--url", _api.Url, "--key", "wrong"]);

        Assert.Equal((ExitCode.Failed, ExitCode.Failed), (missing.ExitCode, wrongKey.ExitCode));
        Assert.Contains("not_found (404). The test server says no.", missing.Error, StringComparison.Ordinal);
        Assert.Contains("unauthenticated (401)", wrongKey.Error, StringComparison.Ordinal);
        Assert.Contains("Check the key", wrongKey.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("matches", "matches", ExitCode.Ok)]
    [InlineData("matches", "differs", ExitCode.Failed)]
    [InlineData("differs", "matches", ExitCode.Failed)]
    [InlineData("matches", "no_longer_retained", ExitCode.Failed)]
    public async Task Verify_succeeds_only_when_both_levels_match(string engine, string data, int exitCode)
    {
        _api.Verification = new JsonObject { ["engine"] = engine, ["data"] = data, ["metric"] = "won" };

        var run = await RunAsync("verify", "snap-1");
        var named = await RunAsync("verify", "snap-1", "--experiment", "gate one", "--json");

        Assert.Equal((exitCode, exitCode), (run.ExitCode, named.ExitCode));
        Assert.Contains($"data: {data}", run.Out, StringComparison.Ordinal);
        Assert.Contains("metric: won", run.Out, StringComparison.Ordinal);
        Assert.Equal(data, JsonNode.Parse(named.Out)!["data"]!.ToString());
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_named_at_once()
    {
        var run = await Captured.RunAsync(new Checkout(_folder.Path), ["results", "x", "--url", $"http://127.0.0.1:{Ports.Choose(null)}", "--key", "k"]);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("No server answers at", run.Error, StringComparison.Ordinal);
        Assert.Contains("./splitstream up", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("results")]
    [InlineData("import file.csv")]
    [InlineData("import file.csv --experiment /bad --unit u --variant v --control c --metric m --url http://x --key k")]
    [InlineData("up --port 0")]
    [InlineData("up --port x")]
    [InlineData("results x --url ftp://y --key k")]
    [InlineData("nonsense")]
    public async Task A_wrong_command_line_is_a_usage_error(string line)
    {
        var run = await Captured.RunAsync(new Checkout(_folder.Path), line.Split(' '));

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.NotEmpty(run.Error);
        Assert.Empty(run.Out);
    }

    [Theory]
    [InlineData("up")]
    [InlineData("down")]
    [InlineData("import")]
    [InlineData("results")]
    [InlineData("verify")]
    public async Task Every_verb_explains_itself(string verb)
    {
        var run = await Captured.RunAsync(new Checkout(_folder.Path), [verb, "--help"]);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Contains("--data", run.Out, StringComparison.Ordinal);
    }

    private Task<Captured> RunAsync(params string[] line) =>
        Captured.RunAsync(new Checkout(_folder.Path), [.. line, "--url", _api.Url, "--key", FakeApi.Key]);
}
