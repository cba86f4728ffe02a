using System.Text.Json;
using Splitstream.Cli.Tests.Fakes;

namespace Splitstream.Cli.Tests.Calibration;

/// <summary>`calibrate`: the seed grid, grids from a file, and what is not a grid.</summary>
public sealed class CalibrateVerbTests : IDisposable
{
    private const string Grid =
        """{"thresholds":[0.95,0.999],"minSamples":[1000],"cadenceMinutes":[240],"rate":0.1,"unitsPerDay":4000,"horizonDays":14,"runs":200}""";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_grid_from_a_file_is_simulated_and_repeated_to_the_byte()
    {
        var file = Write(Grid);

        var first = await RunAsync("calibrate", "--grid", file, "--seed", "5", "--threads", "1", "--json");
        var second = await RunAsync("calibrate", "--grid", file, "--seed", "5", "--threads", "3", "--json");
        var other = await RunAsync("calibrate", "--grid", file, "--seed", "6", "--json");

        Assert.Equal((0, first.Out), (first.ExitCode, second.Out));
        Assert.NotEqual(first.Out, other.Out);
        var cells = JsonDocument.Parse(first.Out).RootElement.GetProperty("cells");
        Assert.Equal(2, cells.GetArrayLength());
        Assert.InRange(cells[0].GetProperty("rate").GetDouble(), 0.3, 0.65);
        Assert.True(cells[0].GetProperty("lower").GetDouble() < cells[0].GetProperty("rate").GetDouble());
        Assert.True(cells[0].GetProperty("upper").GetDouble() > cells[0].GetProperty("rate").GetDouble());
    }

    [Fact]
    public async Task The_file_says_what_was_simulated_and_when()
    {
        var output = Path.Combine(_folder.Path, "rates.json");

        var captured = await RunAsync("calibrate", "--grid", Write(Grid), "--output", output);
        var results = JsonDocument.Parse(await File.ReadAllTextAsync(output)).RootElement;

        Assert.True(captured.ExitCode == 0, captured.ToString());
        Assert.Equal(14, results.GetProperty("grid").GetProperty("horizonDays").GetDouble());
        Assert.Equal(4_000, results.GetProperty("grid").GetProperty("unitsPerDay").GetDouble());
        Assert.True(results.GetProperty("seed").GetUInt64() > 0);
        Assert.NotEqual("", results.GetProperty("engineVersion").GetString());
        Assert.True(results.GetProperty("time").GetProperty("seconds").GetDouble() >= 0);
    }

    [Fact]
    public async Task The_committed_results_are_those_of_their_seed()
    {
        var committed = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Checkout.Find().Root, "stats", "calibration_results.json"))).RootElement;
        const string Cell =
            """{"thresholds":[0.95],"minSamples":[1000],"cadenceMinutes":[15],"rate":0.1,"unitsPerDay":4000,"horizonDays":28,"runs":10000}""";

        var captured = await RunAsync("calibrate", "--grid", Write(Cell), "--seed", committed.GetProperty("seed").ToString(), "--json");

        // The first cell has the first stream in every grid.
        Assert.Equal(
            committed.GetProperty("cells")[0].GetProperty("falsePositives").GetInt64(),
            JsonDocument.Parse(captured.Out).RootElement.GetProperty("cells")[0].GetProperty("falsePositives").GetInt64());
    }

    [Theory]
    [InlineData("{}", "thresholds")]
    [InlineData("[]", "holds no grid")]
    [InlineData("not JSON", "holds no grid")]
    [InlineData("""{"thresholds":[],"minSamples":[1],"cadenceMinutes":[15],"rate":0.1,"unitsPerDay":4000,"horizonDays":28,"runs":1}""", "at least one value")]
    [InlineData("""{"thresholds":[0.3],"minSamples":[1],"cadenceMinutes":[15],"rate":0.1,"unitsPerDay":4000,"horizonDays":28,"runs":1}""", "0.5")]
    [InlineData("""{"thresholds":[0.9],"minSamples":[1],"cadenceMinutes":[15],"rate":1.1,"unitsPerDay":4000,"horizonDays":28,"runs":1}""", "between 0 and 1")]
    [InlineData("""{"thresholds":[0.9],"minSamples":[1],"cadenceMinutes":[15],"rate":0.1,"unitsPerDay":4000,"horizonDays":28,"runs":1,"more":2}""", "more")]
    public async Task What_is_no_grid_is_refused_in_one_sentence(string text, string says)
    {
        var captured = await RunAsync("calibrate", "--grid", Write(text));

        Assert.Equal(1, captured.ExitCode);
        Assert.Contains(says, captured.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", captured.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--runs", "0")]
    [InlineData("--threads", "0")]
    [InlineData("--seed", "-1")]
    public async Task Options_out_of_range_are_mistakes_of_the_command_line(string option, string value) =>
        Assert.Equal(2, (await RunAsync("calibrate", "--grid", Write(Grid), option, value)).ExitCode);

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        var captured = await RunAsync("calibrate", "--grid", "/nowhere/grid.json");

        Assert.Equal(1, captured.ExitCode);
        Assert.Contains("/nowhere/grid.json", captured.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private Task<Captured> RunAsync(params string[] arguments) => Captured.RunAsync(new Checkout(_folder.Path), arguments);

    private string Write(string text)
    {
        var path = Path.Combine(_folder.Path, "grid.json");
        File.WriteAllText(path, text);
        return path;
    }
}
