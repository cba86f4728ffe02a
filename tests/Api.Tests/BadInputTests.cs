using System.Text;
using Splitstream.Grains.Interfaces.Events;

namespace Splitstream.Api.Tests;

public sealed class BadInputTests(BadInputTests.Server server) : IClassFixture<BadInputTests.Server>
{
    private const string Lone = "\\ud800";

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Bad_input_gets_its_status_and_code_and_stores_nothing(string name, string method, string path, string body, int status, string code, string pointer)
    {
        Answer answer = await server.Host.SendAsync(method, path, body, ifMatch: method == "PATCH" ? "\"3\"" : null);

        Assert.NotEqual("", name);
        Problems.Check(answer, status, code, pointer == "(root)" ? [""] : pointer.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(server.Host.Ports.Writes, write => Assert.True(write is IngestBatch { Exposures.IsEmpty: true, Events.IsEmpty: true }));
    }

    /// <summary>One server for all rows: none of them may change it.</summary>
    public sealed class Server : IAsyncLifetime
    {
        internal ApiHost Host { get; private set; } = null!;

        public async Task InitializeAsync() => Host = await Seed.StartAsync();

        public async Task DisposeAsync() => await Host.DisposeAsync();
    }

    public static TheoryData<string, string, string, string, int, string, string> Rows()
    {
        var rows = new TheoryData<string, string, string, string, int, string, string>();
        foreach ((string method, string path) in Bodies)
        {
            rows.Add("empty text", method, path, " ", 400, "malformed_request", "");
            rows.Add("not JSON", method, path, "{unitId}", 400, "malformed_request", "");
            rows.Add("truncated", method, path, """{"unitId":"alice","x":[1,2""", 400, "malformed_request", "");
            rows.Add("trailing comma", method, path, """{"unitId":"alice",}""", 400, "malformed_request", "");
            rows.Add("comment", method, path, """{"unitId":"alice"/* hello */}""", 400, "malformed_request", "");
            rows.Add("two values", method, path, """{"unitId":"alice"}{}""", 400, "malformed_request", "");
            rows.Add("repeated field", method, path, """{"unitId":"alice","unitId":"bob"}""", 400, "malformed_request", "");
            rows.Add("repeated unknown field", method, path, """{"unitId":"alice","x":1,"x":2}""", 400, "malformed_request", "");
            rows.Add("repeated field inside", method, path, """{"unitId":"alice","x":{"y":[{"z":1,"z":2}]}}""", 400, "malformed_request", "");
            rows.Add("repeated by escape", method, path, """{"unitId":"alice","x":{"a":1,"\u0061":2}}""", 400, "malformed_request", "");
            rows.Add("NaN", method, path, """{"unitId":NaN}""", 400, "malformed_request", "");
            rows.Add("depth 33", method, path, $$"""{"x":{{new string('[', 33)}}{{new string(']', 33)}}}""", 400, "malformed_request", "");
            rows.Add("depth 10,000", method, path, new string('[', 10_000) + new string(']', 10_000), 400, "malformed_request", "");
            rows.Add("lone surrogate as name", method, path, $$"""{"unitId":"alice","{{Lone}}":1}""", 400, "malformed_request", "");
            rows.Add("lone surrogate as name inside", method, path, """{"unitId":"alice","x":{"LONE":1}}""".Replace("LONE", Lone, StringComparison.Ordinal), 400, "malformed_request", "");
            rows.Add("list", method, path, "[]", 422, "validation_failed", "(root)");
            rows.Add("number", method, path, "7", 422, "validation_failed", "(root)");
            rows.Add("null", method, path, "null", 422, "validation_failed", "(root)");
        }

        foreach (string path in new[] { "/v1/assign", "/v1/units/lookup" })
        {
            rows.Add("no unit", "POST", path, "{}", 422, "validation_failed", "/unitId");
            rows.Add("null unit", "POST", path, """{"unitId":null}""", 422, "validation_failed", "/unitId");
            rows.Add("number unit", "POST", path, """{"unitId":7}""", 422, "validation_failed", "/unitId");
            rows.Add("empty unit", "POST", path, """{"unitId":""}""", 422, "validation_failed", "/unitId");
            rows.Add("NUL", "POST", path, """{"unitId":"a\u0000b"}""", 422, "validation_failed", "/unitId");
            rows.Add("lone surrogate", "POST", path, $$"""{"unitId":"{{Lone}}"}""", 422, "validation_failed", "/unitId");
            rows.Add("513 code points", "POST", path, $$"""{"unitId":"{{new string('a', 513)}}"}""", 422, "validation_failed", "/unitId");
            rows.Add("513 emoji", "POST", path, $$"""{"unitId":"{{Repeat("😀", 513)}}"}""", 422, "validation_failed", "/unitId");
        }

        rows.Add("experiments no list", "POST", "/v1/assign", """{"unitId":"a","experiments":"one"}""", 422, "validation_failed", "/experiments");
        rows.Add("experiments not texts", "POST", "/v1/assign", """{"unitId":"a","experiments":[1,null,{"a":[1]}]}""", 422, "validation_failed", "/experiments/0 /experiments/1 /experiments/2");
        rows.Add("experiments surrogate", "POST", "/v1/assign", $$"""{"unitId":"a","experiments":["{{Lone}}"]}""", 422, "validation_failed", "/experiments/0");
        rows.Add("201 experiments", "POST", "/v1/assign", $$"""{"unitId":"a","experiments":[{{List("\"e\"", 201)}}]}""", 422, "validation_failed", "/experiments");
        rows.Add("attributes no object", "POST", "/v1/assign", """{"unitId":"a","attributes":[1]}""", 422, "validation_failed", "/attributes");
        rows.Add("attribute twice", "POST", "/v1/assign", """{"unitId":"a","attributes":{"x":1,"x":2}}""", 400, "malformed_request", "");
        rows.Add("attribute name surrogate", "POST", "/v1/assign", """{"unitId":"a","attributes":{"LONE":1}}""".Replace("LONE", Lone, StringComparison.Ordinal), 400, "malformed_request", "");
        rows.Add("dryRun text", "POST", "/v1/assign", """{"unitId":"a","dryRun":"true"}""", 422, "validation_failed", "/dryRun");
        rows.Add("two errors", "POST", "/v1/assign", """{"unitId":7,"dryRun":1}""", 422, "validation_failed", "/unitId /dryRun");
        rows.Add("no units", "POST", "/v1/assign/batch", """{"units":[]}""", 422, "validation_failed", "/units");
        rows.Add("1,001 units", "POST", "/v1/assign/batch", $$"""{"units":[{{List("""{"unitId":"a"}""", 1001)}}]}""", 422, "validation_failed", "/units");
        rows.Add("one bad unit", "POST", "/v1/assign/batch", """{"units":[{"unitId":"a"},{"unitId":""},7]}""", 422, "validation_failed", "/units/1/unitId /units/2");
        rows.Add("unknown field", "POST", "/v1/units/rebucket", """{"unitId":"a","experiment":"one","x":1}""", 422, "validation_failed", "/x");
        rows.Add("bad key", "POST", "/v1/units/rebucket", """{"unitId":"a","experiment":"../one"}""", 422, "validation_failed", "/experiment");
        rows.Add("nothing", "POST", "/v1/units/explain", "{}", 422, "validation_failed", "/unitId /experiment");

        AddExperiments(rows);
        AddRest(rows);
        AddItems(rows);
        return rows;
    }

    private static void AddExperiments(TheoryData<string, string, string, string, int, string, string> rows)
    {
        void Create(string name, string change, string pointer, string code = "validation_failed") =>
            rows.Add(name, "POST", "/v1/experiments", Draft(change), 422, code, pointer);

        rows.Add("nothing", "POST", "/v1/experiments", "{}", 422, "validation_failed", "/key /name /hypothesis /variants");
        Create("unknown field", "\"colour\":1", "/colour");
        Create("unknown field with a slash", "\"a/b~c\":1", "/a~1b~0c");
        Create("key with slash", "\"key\":\"a/b\"", "/key");
        Create("key with line break", "\"key\":\"a\\n\"", "/key");
        Create("key of 101", $"\"key\":\"{new string('a', 101)}\"", "/key");
        Create("SQL in key", "\"key\":\"'; DROP TABLE assignments; --\"", "/key");
        Create("blank name", "\"name\":\"  \"", "/name");
        Create("NUL in name", "\"name\":\"a\\u0000\"", "/name");
        Create("surrogate in name", $"\"name\":\"{Lone}\"", "/name");
        Create("short hypothesis", "\"hypothesis\":\"short\"", "/hypothesis");
        Create("long hypothesis", $"\"hypothesis\":\"{new string('a', 2001)}\"", "/hypothesis");
        Create("no variants", "\"variants\":[]", "/variants");
        Create("one variant", """ "variants":[{"key":"a","weight":1}] """, "/variants");
        Create("21 variants", $""" "variants":[{string.Join(',', Enumerable.Range(0, 21).Select(i => $$"""{"key":"v{{i}}","weight":1}"""))}] """, "/variants");
        Create("negative weight", """ "variants":[{"key":"a","weight":-1},{"key":"b","weight":1}] """, "/variants/0/weight");
        Create("infinite weight", """ "variants":[{"key":"a","weight":1e999},{"key":"b","weight":1}] """, "/variants/0/weight");
        Create("text weight", """ "variants":[{"key":"a","weight":"1"},{"key":"b","weight":1}] """, "/variants/0/weight");
        Create("weight NaN as text", """ "variants":[{"key":"a","weight":"NaN"},{"key":"b","weight":1}] """, "/variants/0/weight");
        Create("no weight", """ "variants":[{"key":"a"},{"key":"b","weight":1}] """, "/variants/0/weight");
        Create("all-zero weights", """ "variants":[{"key":"a","weight":0},{"key":"b","weight":0}] """, "/variants");
        Create("infinite sum", """ "variants":[{"key":"a","weight":1e308},{"key":"b","weight":1e308}] """, "/variants");
        Create("same key twice", """ "variants":[{"key":"a","weight":1},{"key":"a","weight":1}] """, "/variants/1/key");
        Create("two controls", """ "variants":[{"key":"a","weight":1,"isControl":true},{"key":"b","weight":1,"isControl":true}] """, "/variants");
        Create("NUL in payload", """ "variants":[{"key":"a","weight":1,"payload":{"x":["\u0000"]}},{"key":"b","weight":1}] """, "/variants/0/payload");
        Create("surrogate in payload", $$""" "variants":[{"key":"a","weight":1,"payload":"{{Lone}}"},{"key":"b","weight":1}] """, "/variants/0/payload");
        Create("huge number in payload", """ "variants":[{"key":"a","weight":1,"payload":1e999},{"key":"b","weight":1}] """, "/variants/0/payload");
        Create("long payload", $$""" "variants":[{"key":"a","weight":1,"payload":"{{new string('a', 16_385)}}"},{"key":"b","weight":1}] """, "/variants/0/payload");
        Create("unknown field of variant", """ "variants":[{"key":"a","weight":1,"x":1},{"key":"b","weight":1}] """, "/variants/0/x");
        Create("traffic above 1", "\"traffic\":1.01", "/traffic");
        Create("traffic negative", "\"traffic\":-0.01", "/traffic");
        Create("traffic text", "\"traffic\":\"1\"", "/traffic");
        Create("targeting operator", """ "targeting":{"attribute":"a","operator":"like","value":"x"} """, "/targeting/operator");
        Create("targeting inside", """ "targeting":{"all":[{"attribute":"a","operator":"equals","value":"x"},7]} """, "/targeting/all/1");
        Create("layer", "\"layer\":\"main\"", "/layer", "layer_not_found");
        Create("holdout", "\"holdouts\":[\"global\"]", "/holdouts/0", "holdout_not_found");
        Create("absent metric", "\"primaryMetric\":\"absent\"", "/primaryMetric", "metric_not_found");
        Create("metric with two roles", """ "primaryMetric":"m","secondaryMetrics":["m"] """, "/secondaryMetrics/0");
        Create("metric twice", """ "guardrails":["m","m"] """, "/guardrails/1");
        Create("assignment", "\"assignment\":\"client\"", "/assignment");
        Create("override of no variant", """ "overrides":{"alice":"z"} """, "/overrides/alice");
        Create("override of no unit", """ "overrides":{"":"a"} """, "/overrides/");
        Create("override twice by normal form", """ "overrides":{"caf\u00e9":"a","cafe\u0301":"b"} """, "/overrides/cafe\u0301");
        Create("method", """ "decisionRule":{"method":"gut"} """, "/decisionRule/method");
        Create("threshold", """ "decisionRule":{"posteriorThreshold":0.5} """, "/decisionRule/posteriorThreshold");
        Create("alpha", """ "decisionRule":{"alpha":0.5,"guardrailAlpha":0} """, "/decisionRule/alpha /decisionRule/guardrailAlpha");
        Create("minSample", """ "decisionRule":{"minSample":1.5} """, "/decisionRule/minSample");
        Create("minDays", """ "decisionRule":{"minDays":-1} """, "/decisionRule/minDays");
        Create("cadence", """ "decisionRule":{"cadenceMinutes":4} """, "/decisionRule/cadenceMinutes");
        Create("horizon", """ "decisionRule":{"horizon":{"days":0}} """, "/decisionRule/horizon/days");
        Create("horizon below sample", """ "decisionRule":{"minSample":100000} """, "/decisionRule/horizon/unitsPerVariant");
        Create("baseline", """ "decisionRule":{"plan":{"baseline":{"rate":0.1,"mean":1}}} """, "/decisionRule/plan/baseline");
        Create("rule unknown field", """ "decisionRule":{"prior":1} """, "/decisionRule/prior");

        rows.Add("edit unknown field", "PATCH", "/v1/experiments/one", """{"key":"two"}""", 422, "validation_failed", "/key");
        rows.Add("edit weight", "PATCH", "/v1/experiments/one", """{"variants":[{"key":"control","weight":-1}]}""", 422, "validation_failed", "/variants/0/weight");
        rows.Add("edit variant twice", "PATCH", "/v1/experiments/one", """{"variants":[{"key":"control"},{"key":"control"}]}""", 422, "validation_failed", "/variants/1/key");
        rows.Add("edit confirm", "PATCH", "/v1/experiments/one", """{"confirm":"yes"}""", 422, "validation_failed", "/confirm");
        rows.Add("start with a field", "POST", "/v1/experiments/one/start", """{"winner":"a"}""", 422, "validation_failed", "/winner");
        rows.Add("stop winner", "POST", "/v1/experiments/one/stop", """{"winner":7}""", 422, "validation_failed", "/winner");
    }

    private static void AddRest(TheoryData<string, string, string, string, int, string, string> rows)
    {
        void Metric(string name, string fields, string pointer) =>
            rows.Add(name, "POST", "/v1/metrics", "{" + fields + "}", 422, "validation_failed", pointer);

        Metric("nothing", "", "/key /type /event");
        const string Ratio = """ "key":"m","type":"ratio","numerator":{"event":"e"},"denominator":{"event":"f"} """;
        Metric("ratio of nothing", """ "key":"m","type":"ratio" """, "/numerator /denominator");
        Metric("ratio of an event", """ "key":"m","type":"ratio","event":"e" """, "/event /numerator /denominator");
        Metric("ratio of texts", """ "key":"m","type":"ratio","numerator":"e","denominator":"f" """, "/numerator /denominator");
        Metric("ratio with broken paths", Ratio.Replace("\"e\"", "\"e\",\"propertyPath\":\"x\"").Replace("\"f\"", "\"f\",\"propertyPath\":\"$..*\""),
            "/numerator/propertyPath /denominator/propertyPath");
        Metric("ratio without a name", Ratio.Replace("\"event\":\"f\"", ""), "/denominator/event");
        Metric("ratio with a cap", Ratio + """ ,"cap":{"value":5,"unit":"absolute"} """, "/cap");
        Metric("retention without hours", """ "key":"m","type":"retention","event":"e" """, "/startHours /endHours");
        Metric("retention without end", """ "key":"m","type":"retention","event":"e","startHours":1 """, "/endHours");
        Metric("retention that ends at once", """ "key":"m","type":"retention","event":"e","startHours":24,"endHours":24 """, "/endHours");
        Metric("retention before the exposure", """ "key":"m","type":"retention","event":"e","startHours":-1,"endHours":24 """, "/startHours");
        Metric("retention with a window", """ "key":"m","type":"retention","event":"e","startHours":1,"endHours":24,"windowHours":24 """, "/windowHours");
        Metric("quantile of nothing", """ "key":"m","type":"quantile","event":"e" """, "/propertyPath /quantile");
        Metric("quantile in percent", """ "key":"m","type":"quantile","event":"e","propertyPath":"$.ms","quantile":90 """, "/quantile");
        Metric("quantile with a covariate", """ "key":"m","type":"quantile","event":"e","propertyPath":"$.ms","quantile":0.9,"lookbackDays":7 """, "/lookbackDays");
        Metric("quantile of a mean", """ "key":"m","type":"mean","event":"e","propertyPath":"$.ms","quantile":0.9 """, "/quantile");
        Metric("hours of a count", """ "key":"m","type":"count","event":"e","startHours":0,"endHours":4 """, "/startHours /endHours");
        Metric("mean without path", """ "key":"m","type":"mean","event":"e" """, "/propertyPath");
        Metric("wildcard path", """ "key":"m","type":"mean","event":"e","propertyPath":"$..*" """, "/propertyPath");
        Metric("SQL in path", """ "key":"m","type":"mean","event":"e","propertyPath":"$.a'; DROP TABLE events; --" """, "/propertyPath");
        Metric("window", """ "key":"m","type":"count","event":"e","windowHours":0 """, "/windowHours");
        Metric("direction", """ "key":"m","type":"count","event":"e","direction":"up" """, "/direction");
        Metric("relative cap in percent", """ "key":"m","type":"count","event":"e","cap":{"value":99,"unit":"relative"} """, "/cap/value");
        Metric("relative cap of a conversion", """ "key":"m","type":"conversion","event":"e","cap":{"value":0.99,"unit":"relative"} """, "/cap/unit");
        Metric("cap of zero", """ "key":"m","type":"count","event":"e","cap":{"value":0,"unit":"absolute"} """, "/cap/value");
        Metric("negative margin", """ "key":"m","type":"count","event":"e","margin":{"value":-1,"unit":"absolute"} """, "/margin/value");
        Metric("window below a second", """ "key":"m","type":"count","event":"e","windowHours":0.0001 """, "/windowHours");
        Metric("window of 11 years", """ "key":"m","type":"count","event":"e","windowHours":96360 """, "/windowHours");
        Metric("mean with a path of null", """ "key":"m","type":"mean","event":"e","propertyPath":null """, "/propertyPath");
        Metric("everything at once", """ "key":"m","type":"mean","event":"e","windowHours":-1,"cap":{"value":1,"unit":"relative"} """, "/propertyPath /windowHours /cap/value");
        Metric("margin unit", """ "key":"m","type":"count","event":"e","margin":{"value":1} """, "/margin/unit");
        Metric("numerator", """ "key":"m","type":"count","event":"e","numerator":"x" """, "/numerator");
        rows.Add("share", "POST", "/v1/mutex-groups", """{"key":"g","shares":{"a":0,"b":1e999,"c/d":1}}""", 422, "validation_failed", "/shares/a /shares/b /shares/c~1d");
        rows.Add("scopes", "POST", "/v1/api-keys", """{"name":"n","scopes":["all"]}""", 422, "validation_failed", "/scopes/0");
        rows.Add("no scopes", "POST", "/v1/api-keys", """{"name":"n","scopes":[]}""", 422, "validation_failed", "/scopes");
        rows.Add("origins", "POST", "/v1/api-keys", """{"name":"n","scopes":["assign"],"origins":["*","https://a.example/x","HTTPS://a.example","ftp://a"]}""", 422, "validation_failed", "/origins/0 /origins/1 /origins/2 /origins/3");
    }

    private static void AddItems(TheoryData<string, string, string, string, int, string, string> rows)
    {
        void Event(string name, string fields) => rows.Add(name, "POST", "/v1/events", "{\"events\":[{" + fields + "}]}", 422, "all_invalid", "/events/0");

        Event("no unit", """ "name":"e","timestamp":"2026-03-01T12:00:00Z" """);
        Event("NUL unit", """ "unitId":"a\u0000","name":"e","timestamp":"2026-03-01T12:00:00Z" """);
        Event("long id", $""" "eventId":"{new string('x', 129)}","unitId":"a","name":"e","timestamp":"2026-03-01T12:00:00Z" """);
        Event("no time", """ "unitId":"a","name":"e" """);
        Event("time without zone", """ "unitId":"a","name":"e","timestamp":"2026-03-01T12:00:00" """);
        Event("time as number", """ "unitId":"a","name":"e","timestamp":1772366400 """);
        Event("no such day", """ "unitId":"a","name":"e","timestamp":"2026-02-30T12:00:00Z" """);
        Event("year 9999", """ "unitId":"a","name":"e","timestamp":"9999-12-31T23:59:59Z" """);
        Event("year 9999 beyond", """ "unitId":"a","name":"e","timestamp":"9999-12-31T23:59:59-14:00" """);
        Event("year 1 before", """ "unitId":"a","name":"e","timestamp":"0001-01-01T00:00:00+14:00" """);
        Event("6 minutes ahead", """ "unitId":"a","name":"e","timestamp":"2026-03-01T12:06:00Z" """);
        Event("properties list", """ "unitId":"a","name":"e","timestamp":"2026-03-01T12:00:00Z","properties":[1] """);
        Event("properties NUL", """ "unitId":"a","name":"e","timestamp":"2026-03-01T12:00:00Z","properties":{"x":"\u0000"} """);
        Event("properties 1e999", """ "unitId":"a","name":"e","timestamp":"2026-03-01T12:00:00Z","properties":{"x":1e999} """);
        rows.Add("year 1", "POST", "/v1/events", """{"events":[{"unitId":"a","name":"e","timestamp":"0001-01-01T00:00:00Z"}]}""", 412, "all_too_old", "");
        rows.Add("all too old", "POST", "/v1/exposures", """{"exposures":[{"unitId":"a","experiment":"e","variant":"v","timestamp":"2026-01-01T00:00:00Z"}]}""", 412, "all_too_old", "");
        rows.Add("not objects", "POST", "/v1/exposures", """{"exposures":[1,null,"x"]}""", 422, "all_invalid", "/exposures/0 /exposures/1 /exposures/2");
        rows.Add("empty batch", "POST", "/v1/events", """{"events":[]}""", 422, "validation_failed", "/events");
        rows.Add("no list", "POST", "/v1/events", """{"events":{}}""", 422, "validation_failed", "/events");
        rows.Add("1,001 items", "POST", "/v1/events", $$"""{"events":[{{List("1", 1001)}}]}""", 413, "request_too_large", "");
    }

    /// <summary>Endpoints that take a body, for what is wrong with any body.</summary>
    private static readonly (string Method, string Path)[] Bodies =
    [
        ("POST", "/v1/assign"), ("POST", "/v1/assign/batch"), ("POST", "/v1/units/lookup"), ("POST", "/v1/units/rebucket"), ("POST", "/v1/units/explain"),
        ("POST", "/v1/exposures"), ("POST", "/v1/events"), ("POST", "/v1/experiments"), ("PATCH", "/v1/experiments/one"), ("POST", "/v1/experiments/one/stop"),
        ("POST", "/v1/metrics"), ("POST", "/v1/calibrate"), ("POST", "/v1/mutex-groups"), ("POST", "/v1/api-keys"),
    ];

    /// <summary>A valid draft with fields changed.</summary>
    private static string Draft(string change)
    {
        string[] defaults =
        [
            "\"key\":\"new\"", "\"name\":\"New\"", "\"hypothesis\":\"It is better than before.\"",
            """ "variants":[{"key":"a","weight":1},{"key":"b","weight":1}] """,
        ];
        string changed = change.Trim().Split(':')[0];
        return "{" + string.Join(',', defaults.Where(field => field.Trim().Split(':')[0] != changed).Append(change)) + "}";
    }

    private static string Repeat(string text, int times) => new StringBuilder().Insert(0, text, times).ToString();

    private static string List(string item, int times) => string.Join(',', Enumerable.Repeat(item, times));
}
