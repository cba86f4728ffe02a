using System.Text.Json.Nodes;
using Splitstream.Cli.Tests.Fakes;

namespace Splitstream.Cli.Tests.Planning;

/// <summary>`power`: sizes and effects without a server.</summary>
public sealed class PowerTests
{
    [Fact]
    public async Task A_lift_from_ten_to_twelve_percent_takes_3841_units_each()
    {
        var text = await RunAsync("--rate 0.1 --mde 0.02 --method fixed_horizon");
        var json = await RunAsync("--rate 0.1 --mde 0.02 --units-per-day 4000 --json");

        // statsmodels 0.13.5: 3840.85 by the normal approximation without continuity correction.
        Assert.True(text.ExitCode == 0, text.ToString());
        Assert.Contains("3,841 each", text.Out, StringComparison.Ordinal);
        Assert.Contains("waits for 20,000 units", text.Out, StringComparison.Ordinal);
        var methods = JsonNode.Parse(json.Out)!["methods"]!.AsArray();
        Assert.Equal(["posterior", "always_valid", "group_sequential", "fixed_horizon"], methods.Select(row => row!["method"]!.ToString()));
        Assert.Equal(7_682, methods[3]!["units"]!.GetValue<long>());

        // The default rule waits for its minimum sample, and for a week.
        Assert.Equal((40_000, 10.0), (methods[0]!["units"]!.GetValue<long>(), methods[0]!["days"]!.GetValue<double>()));
        Assert.Equal(7, methods[3]!["days"]!.GetValue<double>());
    }

    [Fact]
    public async Task Days_answer_with_the_effect_that_is_found()
    {
        var run = await RunAsync("--mean 3 --variance 9 --days 28 --units-per-day 4000 --json");

        var effects = JsonNode.Parse(run.Out)!["methods"]!.AsArray().ToDictionary(row => row!["method"]!.ToString(), row => row!["mde"]!.GetValue<double>());

        // (1.959964 + 0.841621) * 3 * sqrt(2 / 56,000)
        Assert.Equal(0.0502278, effects["fixed_horizon"], 1e-6);
        Assert.InRange(effects["posterior"], 0.0525, 0.06);
    }

    [Fact]
    public async Task Weights_name_the_variants_and_the_smallest_treatment_counts()
    {
        var run = await RunAsync("--rate 0.1 --mde 0.02 --weights all=50,half=25,some=25 --method fixed_horizon --json");

        var answer = JsonNode.Parse(run.Out)!;
        var units = answer["methods"]![0]!["variants"]!.AsArray().ToDictionary(row => row!["variant"]!.ToString(), row => row!["units"]!.GetValue<long>());
        Assert.Equal("half", answer["treatment"]!.ToString());
        Assert.Equal(["all", "half", "some"], units.Keys);
        Assert.InRange(units["all"], 2 * (units["half"] - 1), 2 * units["half"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--rate 0.1")]
    [InlineData("--rate 0.1 --mean 1 --variance 1 --mde 0.1")]
    [InlineData("--mean 1 --mde 0.1")]
    [InlineData("--rate 1 --mde 0.1")]
    [InlineData("--rate 0.95 --mde 0.05")]
    [InlineData("--rate 0.1 --mde 0")]
    [InlineData("--rate 0.1 --mde 0.1 --days 3 --units-per-day 10")]
    [InlineData("--rate 0.1 --days 3")]
    [InlineData("--rate 0.1 --days 0 --units-per-day 10")]
    [InlineData("--rate 0.1 --mde NaN")]
    [InlineData("--mean 1 --variance 0 --mde 0.1")]
    [InlineData("--rate 0.1 --mde 0.1 --alpha 0.5")]
    [InlineData("--rate 0.1 --mde 0.1 --power 1")]
    [InlineData("--rate 0.1 --mde 0.1 --variants 1")]
    [InlineData("--rate 0.1 --mde 0.1 --variants 2 --weights a=1,b=1")]
    [InlineData("--rate 0.1 --mde 0.1 --weights a=1")]
    [InlineData("--rate 0.1 --mde 0.1 --weights a=1,b=0")]
    [InlineData("--rate 0.1 --mde 0.1 --method guess")]
    public async Task A_question_without_an_answer_is_a_usage_error(string line)
    {
        var run = await RunAsync(line);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.NotEmpty(run.Error);
        Assert.Empty(run.Out);
    }

    private static Task<Captured> RunAsync(string line) =>
        Captured.RunAsync(new Checkout(Path.GetTempPath()), ["power", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
}
