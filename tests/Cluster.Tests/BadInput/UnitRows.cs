namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>Unit ids that are none, and what else is wrong about units.</summary>
internal static class UnitRows
{
    private static readonly (string Name, string Value)[] Ids =
    [
        ("null", "null"), ("a number", "7"), ("a flag", "true"), ("an object", """{"id":"alice"}"""), ("a list", """["alice"]"""), ("empty", "\"\""),
        ("NUL", "\"a\\u0000b\""), ("only NUL", "\"\\u0000\""), ("high surrogate", $"\"a{Texts.High}b\""), ("low surrogate", $"\"{Texts.Low}\""),
        ("surrogates the wrong way round", $"\"{Texts.Low}{Texts.High}\""), ("513 code points", $"\"{"a".Times(513)}\""),
        ("513 code points outside the first plane", $"\"{"😀".Times(513)}\""), ("513 code points after composition", $"\"{"e\u0301".Times(513)}\""),
        ("100,000 code points", $"\"{"a".Times(100_000)}\""),
    ];

    public static IEnumerable<BadRow> All() => [.. OfIds(), .. OfAssign(), .. OfPaths(), .. OfRebucket()];

    private static IEnumerable<BadRow> OfIds()
    {
        foreach (var (name, value) in Ids.Prepend(("missing", "")))
        {
            var id = value.Length == 0 ? "" : $"\"unitId\":{value},";
            yield return Invalid($"unit: {name}", "/v1/assign", $$"""{ {{id}} "experiments":["running"]}""", "/unitId");
            yield return Invalid($"unit: {name}", "/v1/assign/batch", $$"""{"units":[{"unitId":"alice"},{ {{id}} "attributes":{} }]}""", "/units/1/unitId");
            yield return Invalid($"unit: {name}", "/v1/units/lookup", $$"""{ {{id}} "x":1}""", "/unitId");
            yield return Invalid($"unit: {name}", "/v1/units/rebucket", $$"""{ {{id}} "experiment":"running"}""", "/unitId");
            yield return Invalid($"unit: {name}", "/v1/units/explain", $$"""{ {{id}} "experiment":"running"}""", "/unitId");
        }
    }

    private static IEnumerable<BadRow> OfAssign()
    {
        const string one = "/v1/assign";
        yield return Invalid("experiments: a text", one, """{"unitId":"new","experiments":"running"}""", "/experiments");
        yield return Invalid("experiments: no texts", one, """{"unitId":"new","experiments":[1,null,{"a":[1]}]}""", "/experiments/0", "/experiments/1", "/experiments/2");
        yield return Invalid("experiments: lone surrogate", one, $$"""{"unitId":"new","experiments":["{{Texts.High}}"]}""", "/experiments/0");
        yield return Invalid("201 experiments", one, $$"""{"unitId":"new","experiments":[{{Texts.List("\"running\"", 201)}}]}""", "/experiments");
        yield return Invalid("attributes: a list", one, """{"unitId":"new","attributes":[1]}""", "/attributes");
        yield return Invalid("dryRun: a text", one, """{"unitId":"new","dryRun":"true"}""", "/dryRun");
        yield return Invalid("two faults", one, """{"unitId":7,"dryRun":1}""", "/unitId", "/dryRun");
        yield return new BadRow("attribute twice", "POST", one, """{"unitId":"new","attributes":{"x":1,"x":2}}""", 400, "malformed_request");
        yield return new BadRow("attribute named half a pair", "POST", one, $$$"""{"unitId":"new","attributes":{"{{{Texts.Low}}}":1}}""", 400, "malformed_request");

        const string batch = "/v1/assign/batch";
        yield return Invalid("no units", batch, """{"units":[]}""", "/units");
        yield return Invalid("units missing", batch, "{}", "/units");
        yield return Invalid("units: an object", batch, """{"units":{}}""", "/units");
        yield return Invalid("1,001 units", batch, $$"""{"units":[{{Texts.List("""{"unitId":"new"}""", 1_001)}}]}""", "/units");
        yield return Invalid("201 experiments", batch, $$"""{"units":[{"unitId":"new"}],"experiments":[{{Texts.List("\"running\"", 201)}}]}""", "/experiments");
        yield return Invalid("one of three is no unit", batch, """{"units":[{"unitId":"new"},7,{"unitId":"other"}]}""", "/units/1");
        yield return Invalid("attributes: a text", batch, """{"units":[{"unitId":"new","attributes":"x"}]}""", "/units/0/attributes");
        yield return Invalid("dryRun: a number", batch, """{"units":[{"unitId":"new"}],"dryRun":0}""", "/dryRun");
    }

    /// <summary>Paths decode in more than one way, so that only plain ids travel in them.</summary>
    private static IEnumerable<BadRow> OfPaths()
    {
        string[] targets =
            ["a%2Fb", "..%2F..%2Fetc", "%2e%2e%2f", "a%20b", "caf%C3%A9", "%F0%9F%98%80", "a%0Ab", "a".Times(513), "'%3B%20DROP%20TABLE%20assignments%3B--", "%252F", "*", "a%3Ab"];
        foreach (var target in targets)
        {
            yield return new BadRow("unit in the path", "GET", $"/v1/assignments/{target}", "", 404, "not_found");
            yield return new BadRow("unit in the path", "DELETE", $"/v1/assignments/running/{target}", "", 404, "not_found");
        }

        yield return new BadRow("experiment in the path", "DELETE", "/v1/assignments/a%2Fb/alice", "", 404, "experiment_not_found");
        yield return new BadRow("no such experiment", "DELETE", "/v1/assignments/absent/alice", "", 404, "experiment_not_found");
        yield return new BadRow("no such row", "DELETE", "/v1/assignments/running/nobody", "", 404, "assignment_not_found");
    }

    private static IEnumerable<BadRow> OfRebucket()
    {
        foreach (var path in new[] { "/v1/units/rebucket", "/v1/units/explain" })
        {
            yield return Invalid("no experiment", path, """{"unitId":"alice"}""", "/experiment");
            yield return Invalid("unknown field", path, """{"unitId":"alice","experiment":"running","x":1}""", "/x");
            foreach (var key in new[] { "", "../running", "running%2F", "a/b", " running", "running\\n", "running\\u0000", Texts.High, "'; DROP TABLE assignments; --", "ü", "r".Times(101) })
            {
                yield return Invalid($"key '{key}'", path, $$"""{"unitId":"alice","experiment":"{{key}}"}""", "/experiment");
            }

            yield return new BadRow("no such experiment", "POST", path, """{"unitId":"alice","experiment":"absent"}""", 404, "experiment_not_found");
        }

        yield return Invalid("attributes: a number", "/v1/units/explain", """{"unitId":"alice","experiment":"running","attributes":7}""", "/attributes");
        yield return new BadRow("no such row", "POST", "/v1/units/rebucket", """{"unitId":"nobody","experiment":"running"}""", 404, "assignment_not_found");
        yield return new BadRow("archived", "POST", "/v1/units/rebucket", """{"unitId":"alice","experiment":"archived"}""", 409, "illegal_transition");
    }

    private static BadRow Invalid(string name, string path, string body, params string[] pointers) =>
        new(name, "POST", path, body, 422, "validation_failed", pointers);
}
