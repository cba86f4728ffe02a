using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Splitstream.Cli.Tests.Fakes;

namespace Splitstream.Cli.Tests.Import;

public sealed class ImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeApi _api = new();

    public void Dispose()
    {
        _api.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Rows_become_exposures_and_events_of_an_external_experiment()
    {
        var file = _folder.Write("simple.csv", "unit,variant,won,score\nu1,a,true,3.50\nu2,b,false,0\nu3,b,,-1e3\nu4,a,0,\n");

        var run = await ImportAsync(file, "--metric", "won", "--metric", "score");

        Assert.True(run.ExitCode == 0, run.ToString());
        var experiment = _api.Experiments["gate one"];
        Assert.Equal("external", experiment["assignment"]!.ToString());
        Assert.Equal("running", experiment["status"]!.ToString());
        Assert.Equal("won", experiment["primaryMetric"]!.ToString());
        Assert.Equal("""["score"]""", experiment["secondaryMetrics"]!.ToJsonString());
        Assert.Equal("""{"method":"fixed_horizon"}""", experiment["decisionRule"]!.ToJsonString());
        Assert.Equal("""[{"key":"a","weight":1,"isControl":true},{"key":"b","weight":1,"isControl":false}]""", experiment["variants"]!.ToJsonString());
        Assert.Equal(("conversion", "import:gate one:won"), (_api.Metrics["won"]["type"]!.ToString(), _api.Metrics["won"]["event"]!.ToString()));
        Assert.Equal("mean", _api.Metrics["score"]["type"]!.ToString());
        Assert.Equal(["u1 a", "u2 b", "u3 b", "u4 a"], _api.Exposures.Select(e => $"{e["unitId"]} {e["variant"]}"));
        Assert.All(_api.Exposures, e => Assert.Equal(FakeApi.StartedAt, e["timestamp"]!.ToString()));
        Assert.All(_api.Events, e => Assert.Equal("2026-01-02T03:04:06.123456Z", e["timestamp"]!.ToString()));
        // The digits arrive as written; zero needs no event; an empty field is an explicit null.
        Assert.Equal(
            ["u1 import:gate one:won 1", "u1 import:gate one:score 3.50", "u3 import:gate one:won null", "u3 import:gate one:score -1000", "u4 import:gate one:score null"],
            _api.Events.Select(e => $"{e["unitId"]} {e["name"]} {Value(e)}").Select(line => line.Replace("-1e3", "-1000", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_second_run_sends_the_same_bytes_when_nothing_is_recorded_and_nothing_when_it_is()
    {
        var file = _folder.Write("simple.csv", "unit,variant,won\n" + string.Concat(Enumerable.Range(0, 2_500).Select(i => $"u{i},{(i % 2 == 0 ? "a" : "b")},{i % 3 == 0}\n")));

        var first = await ImportAsync(file, "--metric", "won", "--json");
        var firstBodies = _api.Ingested.OrderBy(i => i.Body, StringComparer.Ordinal).ToArray();
        _api.Ingested.Clear();
        var recorded = await ImportAsync(file, "--metric", "won", "--json");
        var sentWhenRecorded = _api.Ingested.Count;
        var forgotten = await ImportAsync(Person("another"), file, "--metric", "won", "--json");

        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.True(firstBodies.Length > 3);
        Assert.All(firstBodies, body => Assert.InRange(JsonNode.Parse(body.Body)!.AsObject().First().Value!.AsArray().Count, 1, 1_000));
        Assert.Equal((0, 0), (recorded.ExitCode, sentWhenRecorded));
        Assert.True(Summary(recorded)["alreadyImported"]!.GetValue<bool>());
        Assert.Equal(0, forgotten.ExitCode);
        Assert.Equal(firstBodies, _api.Ingested.OrderBy(i => i.Body, StringComparer.Ordinal));
        Assert.Equal(0, Summary(forgotten)["accepted"]!.GetValue<int>());
        Assert.Equal(Summary(first)["sent"]!.GetValue<int>(), Summary(forgotten)["duplicates"]!.GetValue<int>());
    }

    [Fact]
    public async Task Hardships_of_real_files_are_read_and_reported()
    {
        var text = "\uFEFF\"größe, cm\",Gruppe,won,\"Spieler \"\"id\"\"\"\r\n"
            + "1.5,\"b, long\",yes,\"line\r\nbreak\"\r\n"
            + "2,a,no,\"quote \"\"x\"\"\"\r\n"
            + ",a,1,twice\r\n"
            + ",a,1,twice\r\n"
            + "9,a,0,twice\r\n"
            + "3,c,0,both\r\n"
            + "4,a,1,both\r\n"
            + "5,\"b, long\",,cafe\u0301\r\n"
            + "5,\"b, long\",,caf\u00e9\r\n"
            + "6,c,t,last";
        var file = Path.Combine(_folder.Path, "hard.csv.gz");
        await using (var gzip = new GZipStream(File.Create(file), CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(text));
        }

        var run = await Captured.RunAsync(Person("one"), [
            "import", file, "--experiment", "gate one", "--unit", "Spieler \"id\"", "--variant", "Gruppe", "--control", "a",
            "--weights", "a=50,b, long=30,c=20", "--metric", "größe, cm:mean", "--metric", "won:conversion", "--json", "--url", _api.Url, "--key", FakeApi.Key]);

        Assert.True(run.ExitCode == 0, run.ToString());
        var summary = Summary(run);
        Assert.Equal(10, summary["rows"]!.GetValue<int>());
        Assert.Equal(6, summary["units"]!.GetValue<int>());
        Assert.Equal(3, summary["duplicateRows"]!.GetValue<int>());
        Assert.Equal(1, summary["duplicateRowsWithOtherValues"]!.GetValue<int>());
        Assert.Equal(1, summary["unitsInTwoVariants"]!.GetValue<int>());
        Assert.Equal((1, 1), (summary["missing"]!["größe, cm"]!.GetValue<int>(), summary["missing"]!["won"]!.GetValue<int>()));
        Assert.Equal(["line\r\nbreak b, long", "quote \"x\" a", "twice a", "both c", "both a", "caf\u00e9 b, long", "last c"],
            _api.Exposures.Select(e => $"{e["unitId"]} {e["variant"]}"));
        Assert.Equal([("a", 50m), ("b, long", 30m), ("c", 20m)],
            _api.Experiments["gate one"]["variants"]!.AsArray().Select(v => (v!["key"]!.ToString(), v["weight"]!.GetValue<decimal>())));
        // The key cannot hold the column's name, yet the results show it.
        Assert.Equal("größe, cm", Assert.Single(_api.Metrics.Values, m => m["type"]!.ToString() == "mean")["name"]!.ToString());
        Assert.Equal("größe, cm", JsonNode.Parse(run.Out)!["results"]!["metrics"]![0]!["metric"]!.ToString());
        Assert.Equal("import:gate one:größe, cm", _api.Events.First()["name"]!.ToString());
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("unit,variant,won\n", "no rows")]
    [InlineData("unit,variant,other\nu1,a,1\n", "there is no column 'won'")]
    [InlineData("unit;variant;won\nu1;a;1\n", "separated by commas")]
    [InlineData("unit,variant,won,won\nu1,a,1,1\n", "names the column 'won' 2 times")]
    [InlineData("unit,variant,won\nu1,a,1\nu2,b\n", "row 2 (line 3): 2 fields, but the header has 3")]
    [InlineData("unit,variant,won\nu1,a,1\nu2,b,1,9\n", "row 2 (line 3): 4 fields, but the header has 3")]
    [InlineData("unit,variant,won\nu1,a,1\nu2,b,abc\n", "row 2 (line 3): 'abc'")]
    [InlineData("unit,variant,won\nu1,a,1.5\nu2,b,NaN\n", "row 2 (line 3): 'NaN'")]
    [InlineData("unit,variant,won\nu1,a,1.5\nu2,b,-inf\n", "row 2 (line 3): '-inf'")]
    [InlineData("unit,variant,won\nu1,a,1.5\nu2,b,1e999\n", "row 2 (line 3): '1e999'")]
    [InlineData("unit,variant,won\nu1,a,1.5\nu2,b,\"1,234\"\n", "row 2 (line 3): '1,234'")]
    [InlineData("unit,variant,won\nu1,a,\nu2,b,\n", "empty in every row")]
    [InlineData("unit,variant,won\n,a,1\n", "row 1 (line 2): the unit (column 'unit') is empty")]
    [InlineData("unit,variant,won\nu1,,1\n", "row 1 (line 2): the variant (column 'variant') is empty")]
    [InlineData("unit,variant,won\nu1,a,1\nu2,größer,1\n", "row 2 (line 3): 'größer' cannot be a variant's key")]
    [InlineData("unit,variant,won\nu1,b,1\nu2,c,1\n", "no row has the variant 'a'")]
    [InlineData("unit,variant,won\nu1,a,1\nu2,a,1\n", "at least two variants")]
    [InlineData("unit,variant,won\nu1,a,1\nu2,b,\"1\n", "row 2")]
    [InlineData("unit,variant,won\nu1,a,1\nu2,b,x\"1\n", "row 2")]
    public async Task A_file_that_is_not_in_order_is_refused_before_anything_is_sent(string content, string message)
    {
        var file = _folder.Write("bad.csv", content);

        var run = await ImportAsync(file, "--metric", "won");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(_api.Requests);
    }

    [Fact]
    public async Task A_file_that_is_cut_short_or_no_text_is_refused()
    {
        var whole = new MemoryStream();
        await using (var gzip = new GZipStream(whole, CompressionLevel.NoCompression, leaveOpen: true))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes("unit,variant,won\n" + string.Concat(Enumerable.Range(0, 9_000).Select(i => $"unit-{i},{(i % 2 == 0 ? "a" : "b")},1\n"))));
        }

        var cut = Path.Combine(_folder.Path, "cut.csv.gz");
        // The cut falls between two rows' bytes or not: no matter, the checksum at the end is gone.
        await File.WriteAllBytesAsync(cut, whole.ToArray()[..^40]);
        var latin = Path.Combine(_folder.Path, "latin.csv");
        await File.WriteAllBytesAsync(latin, Encoding.Latin1.GetBytes("unit,variant,won\nmüller,a,1\nmeier,b,1\n"));

        var fromCut = await ImportAsync(cut, "--metric", "won");
        var fromLatin = await ImportAsync(latin, "--metric", "won");

        Assert.Equal((ExitCode.Failed, ExitCode.Failed), (fromCut.ExitCode, fromLatin.ExitCode));
        Assert.Contains("cut.csv.gz", fromCut.Error, StringComparison.Ordinal);
        Assert.Contains("not UTF-8", fromLatin.Error, StringComparison.Ordinal);
        Assert.Empty(_api.Requests);
    }

    [Fact]
    public async Task Busy_answers_are_waited_out()
    {
        var file = _folder.Write("simple.csv", "unit,variant,won\nu1,a,1\nu2,b,0\n");
        _api.Refusals.Enqueue((429, "0"));
        _api.Refusals.Enqueue((503, "0"));
        _api.Refusals.Enqueue((503, null));

        var run = await ImportAsync(file, "--metric", "won", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(3, Summary(run)["accepted"]!.GetValue<int>());
    }

    [Fact]
    public async Task Refused_items_are_shown_with_their_rows_and_nothing_is_analysed()
    {
        var file = _folder.Write("simple.csv", "unit,variant,won\nu1,a,1\nu2,b,1\n");
        _api.RejectItem = item => item["eventId"] is not null && item["unitId"]!.ToString() == "u2" ? "id_reused" : null;

        var run = await ImportAsync(file, "--metric", "won");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("row 2: id_reused", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("POST /v1/experiments/gate%20one/analyze", _api.Requests);
    }

    [Fact]
    public async Task Another_experiment_under_the_same_key_is_left_alone()
    {
        var file = _folder.Write("simple.csv", "unit,variant,won,lost\nu1,a,1,0\nu2,b,1,0\n");
        await ImportAsync(file, "--metric", "won");
        _api.Ingested.Clear();

        var otherWeights = await ImportAsync(file, "--metric", "won", "--weights", "a=1,b=9");
        var otherMetric = await ImportAsync(file, "--metric", "lost");

        Assert.Equal((ExitCode.Failed, ExitCode.Failed), (otherWeights.ExitCode, otherMetric.ExitCode));
        Assert.Contains("'a' 0.5, 'b' 0.5", otherWeights.Error, StringComparison.Ordinal);
        Assert.Contains("primary metric is 'won', this import has 'lost'", otherMetric.Error, StringComparison.Ordinal);
        Assert.Empty(_api.Ingested);
    }

    [Fact]
    public async Task A_column_whose_metric_key_is_taken_gets_another_key_and_keeps_its_name_in_the_report()
    {
        _api.Metrics["aaa"] = new JsonObject { ["key"] = "aaa", ["type"] = "mean", ["event"] = "x" };
        _api.Metrics["won"] = new JsonObject { ["key"] = "won", ["type"] = "conversion", ["event"] = "purchase" };
        var file = _folder.Write("simple.csv", "unit,variant,won\nu1,a,1\nu2,b,1\n");

        var run = await ImportAsync(file, "--metric", "won");
        var again = await ImportAsync(file, "--metric", "won");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(0, again.ExitCode);
        Assert.Equal("gate one:won", _api.Experiments["gate one"]["primaryMetric"]!.ToString());
        Assert.Equal(3, _api.Metrics.Count);
        Assert.Contains("won (primary, conversion)", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_report_shows_the_servers_numbers_with_ten_digits()
    {
        var file = _folder.Write("simple.csv", "unit,variant,won\nu1,a,1\nu2,b,1\n");

        var run = await ImportAsync(file, "--metric", "won");

        foreach (var shown in new[] { "-0.008201298315", "-4.3119035 %", "0.001554249976", "0.1902013423", "a (control)", "inconclusive (not_significant)", "2 rows, 2 units in 2 variants" })
        {
            Assert.Contains(shown, run.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_column_may_hold_a_colon_and_the_type_count_sends_the_number_of_events()
    {
        var file = _folder.Write("simple.csv", "unit,variant,a:mean,n\nu1,a,1,3\nu2,b,0,0\n");

        var run = await ImportAsync(file, "--metric", "a:mean", "--metric", "n:count", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal("""{"a:mean":"conversion","n":"count"}""", Summary(run)["types"]!.ToJsonString());
        Assert.Equal(("count", "$.value"), (_api.Metrics["n"]["type"]!.ToString(), _api.Metrics["n"]["propertyPath"]!.ToString()));
        Assert.Equal("3", Value(Assert.Single(_api.Events, e => e["name"]!.ToString() == "import:gate one:n")));
    }

    private Task<Captured> ImportAsync(string file, params string[] more) => ImportAsync(Person("one"), file, more);

    private Task<Captured> ImportAsync(Checkout checkout, string file, params string[] more) =>
        Captured.RunAsync(checkout, [
            "import", file, "--experiment", "gate one", "--unit", "unit", "--variant", "variant", "--control", "a",
            "--url", _api.Url, "--key", FakeApi.Key, .. more]);

    /// <summary>A checkout without an `up`, used by a person with a record of imports of their own.</summary>
    private Checkout Person(string name) => new(_folder.Path, personalFolder: Path.Combine(_folder.Path, name));

    private static JsonObject Summary(Captured run) => JsonNode.Parse(run.Out)!["import"]!.AsObject();

    private static string Value(JsonNode item) => item["properties"]!["value"]?.ToJsonString() ?? "null";
}
