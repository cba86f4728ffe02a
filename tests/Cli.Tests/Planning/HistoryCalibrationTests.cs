using System.Text.Json.Nodes;
using Splitstream.Cli.Tests.Fakes;

namespace Splitstream.Cli.Tests.Planning;

/// <summary>`calibrate --from-events`: what it asks the server and how it tells the answer.</summary>
public sealed class HistoryCalibrationTests : IDisposable
{
    private readonly FakeApi _api = new();

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task The_rate_is_told_with_its_limits_and_what_it_was_measured_on()
    {
        _api.Calibration = JsonNode.Parse(
            """
            {"falsePositiveRate":{"rate":0.0485,"lower":0.0455,"upper":0.0516,"upperBound":0.0511,"runs":20000},"looks":84,"runs":20000,
             "history":{"metric":"won","units":112000,"days":13.5,"unitsPerVariant":56000,"isWholeHorizon":false},
             "proposal":{"posteriorThreshold":0.996,"minSample":20000,"falsePositiveRate":{"rate":0.041}}}
            """)!.AsObject();

        var run = await RunAsync("--runs", "5000", "--seed", "7");

        Assert.True(run.ExitCode == ExitCode.Ok, run.ToString());
        Assert.Contains("4.85 % (95 % limits 4.55 % to 5.16 %), at 84 looks", run.Out, StringComparison.Ordinal);
        Assert.Contains("112,000 units of the last 13.5 days", run.Out, StringComparison.Ordinal);
        Assert.Contains("over its whole horizon it acts falsely more often", run.Out, StringComparison.Ordinal);
        Assert.Contains("threshold 0.996 with a minimum sample of 20,000, 4.10 %", run.Out, StringComparison.Ordinal);
        Assert.Equal("""{"primaryMetric":"won","fromEvents":{"days":14},"runs":5000,"seed":7}""", _api.CalibrationAsked!.ToJsonString());
    }

    [Fact]
    public async Task Too_little_history_fails_and_says_what_would_do()
    {
        _api.Calibration = JsonNode.Parse(
            """
            {"falsePositiveRate":null,"reason":"min_sample_unreachable","runs":20000,"looks":0,
             "history":{"metric":"won","units":14000,"days":14,"unitsPerVariant":7000,"isWholeHorizon":false},
             "proposal":{"posteriorThreshold":0.995,"minSample":2500,"falsePositiveRate":{"rate":0.048}}}
            """)!.AsObject();

        var run = await RunAsync("--days", "30");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("Too little history: only 7,000 units a variant, fewer than the rule's minimum sample.", run.Out, StringComparison.Ordinal);
        Assert.Contains("minimum sample of 2,500", run.Out, StringComparison.Ordinal);
        Assert.Equal(30, _api.CalibrationAsked!["fromEvents"]!["days"]!.GetValue<int>());
    }

    [Fact]
    public async Task The_rule_and_the_variants_are_those_of_the_experiment_that_is_named()
    {
        _api.Calibration = new JsonObject { ["reason"] = "no_history" };
        _api.Experiments["gate"] = JsonNode.Parse(
            """{"key":"gate","decisionRule":{"cadenceMinutes":60},"variants":[{"key":"a","weight":2,"isControl":true,"payload":null},{"key":"b","weight":1,"isControl":false}]}""")!.AsObject();

        var run = await RunAsync("--experiment", "gate");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("no units in the last 14 days", run.Out, StringComparison.Ordinal);
        Assert.Equal(60, _api.CalibrationAsked!["decisionRule"]!["cadenceMinutes"]!.GetValue<int>());
        Assert.Equal(
            """[{"key":"a","weight":2,"isControl":true},{"key":"b","weight":1,"isControl":false}]""", _api.CalibrationAsked["variants"]!.ToJsonString());
    }

    [Theory]
    [InlineData("calibrate --days 3")]
    [InlineData("calibrate --experiment x")]
    [InlineData("calibrate --from-events won --grid file")]
    public async Task Options_of_the_other_kind_are_a_usage_error(string line)
    {
        var run = await Captured.RunAsync(new Checkout(Path.GetTempPath()), line.Split(' '));

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Empty(run.Out);
    }

    private Task<Captured> RunAsync(params string[] line) => Captured.RunAsync(
        new Checkout(Path.GetTempPath()), ["calibrate", "--from-events", "won", .. line, "--url", _api.Url, "--key", FakeApi.Key]);
}
