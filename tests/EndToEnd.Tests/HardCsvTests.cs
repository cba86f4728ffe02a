using System.Text.Json;

namespace Splitstream.EndToEnd.Tests;

/// <summary>A hard file with unequal weights, imported into the real server: nothing is torn apart, guessed or counted twice.</summary>
public sealed class HardCsvTests(Installation installation) : IClassFixture<Installation>
{
    private static readonly int[] Weights = [20, 30, 50];

    [Fact]
    public async Task Counts_missing_values_exclusions_and_the_expectation_by_weights_are_those_of_the_file()
    {
        var csv = new HardCsv();
        var imported = await ImportAsync(csv, "hard");
        var summary = imported.GetProperty("import");
        var results = imported.GetProperty("results");

        Assert.Equal(csv.Rows, summary.GetProperty("rows").GetInt32());
        Assert.Equal(HardCsv.Units.Sum() + 1, summary.GetProperty("units").GetInt32());
        Assert.Equal(2, summary.GetProperty("duplicateRows").GetInt32());
        Assert.Equal(1, summary.GetProperty("duplicateRowsWithOtherValues").GetInt32());
        Assert.Equal(1, summary.GetProperty("unitsInTwoVariants").GetInt32());
        Assert.Equal(csv.RevenueSums.Values.Sum(v => v.Missing), summary.GetProperty("missing").GetProperty(HardCsv.Revenue).GetInt64());
        Assert.Equal(csv.BoughtSums.Values.Sum(v => v.Missing), summary.GetProperty("missing").GetProperty(HardCsv.Bought).GetInt64());
        Assert.Equal("conversion", summary.GetProperty("types").GetProperty(HardCsv.Bought).GetString());

        AssertRatio(results.GetProperty("srm"));
        AssertExclusions(results.GetProperty("exclusions"));
        var metrics = results.GetProperty("metrics").EnumerateArray().ToArray();
        Assert.Equal([HardCsv.Revenue, HardCsv.Bought], metrics.Select(metric => metric.GetProperty("metric").GetString()));
        Assert.Equal(["primary", "secondary"], metrics.Select(metric => metric.GetProperty("role").GetString()));
        Assert.Equal(["mean", "conversion"], metrics.Select(metric => metric.GetProperty("type").GetString()));
        AssertSums(csv.RevenueSums, metrics[0]);
        AssertSums(csv.BoughtSums, metrics[1]);
        Assert.All(metrics, metric => Assert.Equal(
            HardCsv.Variants[1..], metric.GetProperty("comparisons").EnumerateArray().Select(c => c.GetProperty("variant").GetString())));
    }

    [Fact]
    public async Task Hard_unit_ids_arrive_character_by_character()
    {
        var csv = new HardCsv();
        await ImportAsync(csv, "ids");

        var exposed = await installation.QueryAsync(
            "SELECT unit_id, variant FROM exposures WHERE experiment = 'ids'", row => (row.GetString(0), row.GetString(1)));

        var expected = Enumerable.Range(0, HardCsv.Variants.Length)
            .SelectMany(variant => Enumerable.Range(0, HardCsv.Units[variant]).Select(i => (HardCsv.IdOf(variant, i), HardCsv.Variants[variant])))
            .Append((HardCsv.InTwoVariants, HardCsv.Variants[0]))
            .Append((HardCsv.InTwoVariants, HardCsv.Variants[2]));
        Assert.Equal(expected.Order(), exposed.Order());
    }

    [Fact]
    public async Task A_row_of_another_length_stops_the_import_before_anything_is_sent()
    {
        var path = Path.Combine(installation.Folder, "ragged.csv");
        await File.WriteAllTextAsync(path, "id,variant,value\r\nu1,a,1\r\nu2,b,2,3\r\n");

        var run = await installation.RunAsync("import", path, "--experiment", "ragged", "--unit", "id", "--variant", "variant", "--control", "a", "--metric", "value");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("row 2 (line 3): 4 fields, but the header has 3 columns", run.Error, StringComparison.Ordinal);
        await installation.Api.SendAsync(HttpMethod.Get, "/v1/experiments/ragged", status: 404);
    }

    private async Task<JsonElement> ImportAsync(HardCsv csv, string experiment)
    {
        var path = Path.Combine(installation.Folder, $"{experiment}.csv");
        csv.Write(path);
        var weights = string.Join(',', HardCsv.Variants.Zip(Weights, (variant, weight) => $"{variant}={weight}"));
        var run = await installation.RunAsync(
            "import", path, "--experiment", experiment, "--unit", HardCsv.Unit, "--variant", HardCsv.Variant, "--control", HardCsv.Variants[0],
            "--weights", weights, "--metric", $"{HardCsv.Revenue}:mean", "--metric", HardCsv.Bought, "--json");
        return run.Json();
    }

    /// <summary>Units seen in two variants are in neither; units without a value stay.</summary>
    private static void AssertRatio(JsonElement srm)
    {
        var total = HardCsv.Units.Sum();
        var chiSquared = 0.0;
        for (var i = 0; i < HardCsv.Variants.Length; i++)
        {
            var expected = total * Weights[i] / 100.0;
            chiSquared += Math.Pow(HardCsv.Units[i] - expected, 2) / expected;
            Assert.Equal(HardCsv.Units[i], srm.GetProperty("observed").GetProperty(HardCsv.Variants[i]).GetInt64());
            Assert.Equal(expected, srm.GetProperty("expected").GetProperty(HardCsv.Variants[i]).GetDouble(), 1e-9);
        }

        Assert.Equal(chiSquared, srm.GetProperty("chiSquared").GetDouble(), 1e-9);
        Assert.Equal(2, srm.GetProperty("degreesOfFreedom").GetInt32());
        // With two degrees of freedom the upper tail is an exponential.
        Assert.Equal(Math.Exp(-chiSquared / 2), srm.GetProperty("pValue").GetDouble(), 1e-9);
        Assert.False(srm.GetProperty("alarm").GetBoolean());
    }

    private static void AssertExclusions(JsonElement exclusions)
    {
        Assert.Equal(1, exclusions.GetProperty("total").GetInt64());
        Assert.Equal(1.0 / (HardCsv.Units.Sum() + 1), exclusions.GetProperty("share").GetDouble(), 1e-12);
        Assert.Equal(1, exclusions.GetProperty("byVariant").EnumerateObject().Sum(variant => variant.Value.GetInt64()));
        var reason = Assert.Single(exclusions.GetProperty("byReason").EnumerateArray());
        Assert.Equal(1, reason.GetProperty("units").GetInt64());
        Assert.False(exclusions.GetProperty("alarm").GetBoolean());
    }

    private static void AssertSums(Dictionary<string, (long Units, long Missing, decimal Sum)> expected, JsonElement metric)
    {
        foreach (var variant in metric.GetProperty("variants").EnumerateArray())
        {
            var (units, missing, sum) = expected[variant.GetProperty("variant").GetString()!];
            Assert.Equal(units, variant.GetProperty("units").GetInt64());
            Assert.Equal(missing, variant.GetProperty("missingUnits").GetInt64());
            Assert.Equal((double)sum, variant.GetProperty("sum").GetDouble(), 1e-9);
            Assert.Equal((double)(sum / units), variant.GetProperty("mean").GetDouble(), 1e-12);
        }
    }
}
