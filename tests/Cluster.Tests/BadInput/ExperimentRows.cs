namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>New experiments and edits that are well-formed and wrong.</summary>
internal static class ExperimentRows
{
    private static readonly string[] BadKeys =
        ["", " a", "a/b", "../a", "a%2Fb", "a\\n", "a\\u0000", Texts.High, "k".Times(101), "é", "😀", "'; DROP TABLE experiments; --", "-a", "a\\\"b"];

    public static IEnumerable<BadRow> All() => [.. OfCreate(), .. OfVariants(), .. OfRule(), .. OfEdit()];

    private static IEnumerable<BadRow> OfCreate()
    {
        yield return new BadRow("nothing", "POST", "/v1/experiments", "{}", 422, "validation_failed", "/key", "/name", "/hypothesis", "/variants");
        foreach (var key in BadKeys)
        {
            yield return Create($"key '{key}'", $"\"key\":\"{key}\"", "/key");
        }

        yield return Create("key: a number", "\"key\":7", "/key");
        yield return Create("unknown field", "\"colour\":1", "/colour");
        yield return Create("unknown field with a slash", "\"a/b~c\":1", "/a~1b~0c");
        yield return Create("field in other case", "\"Traffic\":1", "/Traffic");
        yield return Create("blank name", "\"name\":\"  \"", "/name");
        yield return Create("NUL in the name", "\"name\":\"a\\u0000\"", "/name");
        yield return Create("surrogate in the name", $"\"name\":\"{Texts.High}\"", "/name");
        yield return Create("name of 2,001", $"\"name\":\"{"a".Times(2_001)}\"", "/name");
        yield return Create("no hypothesis", "\"hypothesis\":null", "/hypothesis");
        yield return Create("short hypothesis", "\"hypothesis\":\"short\"", "/hypothesis");
        yield return Create("hypothesis of spaces", $"\"hypothesis\":\"{" ".Times(20)}\"", "/hypothesis");
        yield return Create("long hypothesis", $"\"hypothesis\":\"{"a".Times(2_001)}\"", "/hypothesis");
        foreach (var traffic in new[] { "1.01", "-0.01", "1e400", "-1e400", "\"1\"", "[1]", "true" })
        {
            yield return Create($"traffic {traffic}", $"\"traffic\":{traffic}", "/traffic");
        }

        yield return Create("unit type", "\"unitType\":\"a/b\"", "/unitType");
        yield return Create("targeting: a text", "\"targeting\":\"all\"", "/targeting");
        yield return Create("targeting operator", "\"targeting\":{\"attribute\":\"a\",\"operator\":\"like\",\"value\":\"x\"}", "/targeting/operator");
        yield return Create("targeting inside", "\"targeting\":{\"all\":[{\"attribute\":\"a\",\"operator\":\"equals\",\"value\":\"x\"},7]}", "/targeting/all/1");
        yield return Create("targeting 1e400", "\"targeting\":{\"attribute\":\"a\",\"operator\":\"equals\",\"value\":1e400}", "/targeting");
        yield return Create("targeting NUL", "\"targeting\":{\"attribute\":\"a\\u0000\",\"operator\":\"equals\",\"value\":1}", "/targeting");
        yield return Create("assignment", "\"assignment\":\"client\"", "/assignment");
        yield return Create("override of no variant", "\"overrides\":{\"alice\":\"z\"}", "/overrides/alice");
        yield return Create("override of no unit", "\"overrides\":{\"\":\"a\"}", "/overrides/");
        yield return Create("override of NUL", "\"overrides\":{\"\\u0000\":\"a\"}", "/overrides/\0");
        yield return Create("override twice by normal form", "\"overrides\":{\"caf\\u00e9\":\"a\",\"cafe\\u0301\":\"b\"}", "/overrides/cafe\u0301");
        yield return Create("overrides: a list", "\"overrides\":[]", "/overrides");
        yield return Create("metric with two roles", "\"primaryMetric\":\"buys\",\"secondaryMetrics\":[\"buys\"]", "/secondaryMetrics/0");
        yield return Create("guardrail twice", "\"guardrails\":[\"buys\",\"buys\"]", "/guardrails/1");
        yield return Create("absent metric", "\"primaryMetric\":\"absent\"", "/primaryMetric") with { Code = "metric_not_found" };
        yield return Create("absent group", "\"mutexGroup\":\"absent\"", "/mutexGroup") with { Code = "mutex_group_not_found" };
        yield return Create("layer", "\"layer\":\"main\"", "/layer") with { Code = "layer_not_found" };
        yield return Create("holdout", "\"holdouts\":[\"global\"]", "/holdouts/0") with { Code = "holdout_not_found" };
        foreach (var status in BadInputServer.Statuses)
        {
            yield return Create($"key of the {status} one", $"\"key\":\"{status}\"") with { Status = 409, Code = "experiment_already_exists" };
        }
    }

    private static IEnumerable<BadRow> OfVariants()
    {
        string Numbered(int count) => "\"variants\":[" + string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"key":"v{{i}}","weight":1}""")) + "]";
        string Pair(string first) => $$""" "variants":[{{{first}}},{"key":"b","weight":1}] """;
        yield return Create("variants null", "\"variants\":null", "/variants");
        yield return Create("variants: an object", "\"variants\":{}", "/variants");
        yield return Create("0 variants", Numbered(0), "/variants");
        yield return Create("1 variant", Numbered(1), "/variants");
        yield return Create("21 variants", Numbered(21), "/variants");
        yield return Create("all-zero weights", """ "variants":[{"key":"a","weight":0},{"key":"b","weight":-0.0}] """, "/variants");
        yield return Create("weights of infinite sum", """ "variants":[{"key":"a","weight":1e308},{"key":"b","weight":1e308}] """, "/variants");
        foreach (var weight in new[] { "-1", "-1e-300", "1e400", "-1e400", "\"1\"", "\"NaN\"", "\"Infinity\"", "null", "true", "[1]" })
        {
            yield return Create($"weight {weight}", Pair($"\"key\":\"a\",\"weight\":{weight}"), "/variants/0/weight");
        }

        yield return Create("weight missing", Pair("\"key\":\"a\""), "/variants/0/weight");
        yield return Create("key twice", """ "variants":[{"key":"a","weight":1},{"key":"a","weight":1}] """, "/variants/1/key");
        yield return Create("variant: a text", """ "variants":["a",{"key":"b","weight":1}] """, "/variants/0");
        yield return Create("variant key", Pair("\"key\":\"a/b\",\"weight\":1"), "/variants/0/key");
        yield return Create("two controls", """ "variants":[{"key":"a","weight":1,"isControl":true},{"key":"b","weight":1,"isControl":true}] """, "/variants");
        yield return Create("isControl: a text", Pair("\"key\":\"a\",\"weight\":1,\"isControl\":\"yes\""), "/variants/0/isControl");
        yield return Create("field of a variant", Pair("\"key\":\"a\",\"weight\":1,\"x\":1"), "/variants/0/x");
        foreach (var payload in new[] { """{"x":["\u0000"]}""", $"\"{Texts.High}\"", "1e400", "1e-999", $"\"{"a".Times(16_385)}\"" })
        {
            yield return Create($"payload {payload[..Math.Min(12, payload.Length)]}", Pair($"\"key\":\"a\",\"weight\":1,\"payload\":{payload}"), "/variants/0/payload");
        }
    }

    private static IEnumerable<BadRow> OfRule()
    {
        (string Rule, string[] Pointers)[] rules =
        [
            ("7", [""]), ("""{"method":"gut"}""", ["/method"]), ("""{"posteriorThreshold":0.5}""", ["/posteriorThreshold"]), ("""{"posteriorThreshold":1}""", ["/posteriorThreshold"]),
            ("""{"alpha":0.5,"guardrailAlpha":0}""", ["/alpha", "/guardrailAlpha"]), ("""{"minSample":1.5}""", ["/minSample"]), ("""{"minSample":0}""", ["/minSample"]),
            ("""{"minSample":1e300}""", ["/minSample"]), ("""{"minDays":-1}""", ["/minDays"]), ("""{"cadenceMinutes":4}""", ["/cadenceMinutes"]),
            ("""{"horizon":{"days":0}}""", ["/horizon/days"]), ("""{"horizon":{"days":1e400}}""", ["/horizon/days"]), ("""{"minSample":100000}""", ["/horizon/unitsPerVariant"]),
            ("""{"plan":{"baseline":{"rate":0.1,"mean":1}}}""", ["/plan/baseline"]), ("""{"prior":1}""", ["/prior"]),
        ];
        return rules.Select(rule => Create($"rule {rule.Rule}", $"\"decisionRule\":{rule.Rule}", [.. rule.Pointers.Select(pointer => "/decisionRule" + pointer)]));
    }

    private static IEnumerable<BadRow> OfEdit()
    {
        (string Name, string Body, string Pointer)[] faults =
        [
            ("the key", """{"key":"two"}""", "/key"), ("assignment", """{"assignment":"external"}""", "/assignment"), ("negative weight", """{"variants":[{"key":"control","weight":-1}]}""", "/variants/0/weight"),
            ("infinite weight", """{"variants":[{"key":"control","weight":1e400}]}""", "/variants/0/weight"), ("variant twice", """{"variants":[{"key":"control"},{"key":"control"}]}""", "/variants/1/key"),
            ("all-zero weights", """{"confirm":true,"variants":[{"key":"control","weight":0},{"key":"treatment","weight":0}]}""", "/variants"),
            ("19 more variants", $$"""{"variants":[{{string.Join(',', Enumerable.Range(0, 19).Select(i => $$"""{"key":"v{{i}}","weight":1}"""))}}]}""", "/variants"),
            ("confirm: a text", """{"confirm":"yes"}""", "/confirm"), ("traffic", """{"traffic":2}""", "/traffic"), ("hypothesis", """{"hypothesis":"x"}""", "/hypothesis"),
            ("override of no variant", """{"overrides":{"alice":"z"}}""", "/overrides"), ("rule", """{"decisionRule":{"alpha":2}}""", "/decisionRule/alpha"),
            ("targeting", """{"targeting":[]}""", "/targeting"), ("metric with two roles", """{"confirm":true,"guardrails":["buys"]}""", "/guardrails/0"),
        ];
        foreach (var (name, body, pointer) in faults)
        {
            yield return Edit(name, body, 422, "validation_failed", pointer);
        }

        yield return Edit("absent metric", """{"confirm":true,"primaryMetric":"absent"}""", 422, "metric_not_found", "/primaryMetric");
        yield return Edit("unconfirmed weights", """{"variants":[{"key":"control","weight":1}]}""", 409, "confirmation_required");
        yield return Edit("unconfirmed traffic", """{"traffic":0.5}""", 409, "confirmation_required");
        yield return Edit("unconfirmed metric", """{"primaryMetric":null}""", 409, "confirmation_required");
        yield return Edit("group after the start", """{"confirm":true,"mutexGroup":"checkout"}""", 409, "field_frozen");
        yield return Edit("variant after the start", """{"confirm":true,"variants":[{"key":"third","weight":1}]}""", 409, "field_frozen");
        yield return Edit("control after the start", """{"confirm":true,"variants":[{"key":"treatment","isControl":true}]}""", 409, "field_frozen");
    }

    private static BadRow Edit(string name, string body, int status, string code, params string[] pointers) =>
        new BadRow("edit: " + name, "PATCH", "/v1/experiments/running", body, status, code, pointers).With("If-Match: \"2\"");

    /// <summary>A valid draft with one field changed.</summary>
    private static BadRow Create(string name, string change, params string[] pointers)
    {
        string[] fields =
        [
            "\"key\":\"new\"", "\"name\":\"New\"", "\"hypothesis\":\"It is better than before.\"",
            "\"variants\":[{\"key\":\"a\",\"weight\":1},{\"key\":\"b\",\"weight\":1}]",
        ];
        var changed = change.Trim().Split(':')[0];
        var body = "{" + string.Join(',', fields.Where(field => field.Split(':')[0] != changed).Append(change)) + "}";
        return new BadRow("create: " + name, "POST", "/v1/experiments", body, 422, "validation_failed", pointers);
    }
}
