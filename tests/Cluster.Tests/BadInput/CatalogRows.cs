namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>Metrics, mutex groups and API keys that are well-formed and wrong.</summary>
internal static class CatalogRows
{
    private static readonly string[] Paths =
    [
        "", "revenue", "$..*", "$[*]", "$..revenue", "$.*", "$.a ? (@ > 0)", "strict $.a", "$.a.size()", "$.a | $.b", "$['a", "$.['a']", "$[-1]", "$[0:2]", "$[0 to 2]", "$[1e3]",
        "$[9999999]", "$.1a", "$.a-b", "$.a b", "$.a'; DROP TABLE events; --", "$['a'] OR 1=1", "$.a\\u0000", "$.é", Texts.High, "$" + ".a".Times(33), "$." + "a".Times(255), "$.$a", "$ ",
    ];

    public static IEnumerable<BadRow> All() => [.. OfMetrics(), .. OfGroups(), .. OfKeys()];

    private static IEnumerable<BadRow> OfMetrics()
    {
        foreach (var path in Paths)
        {
            yield return Metric($"path {path}", $$""" "key":"m","type":"mean","event":"e","propertyPath":"{{path}}" """, "/propertyPath");
        }

        (string Fields, string Pointers)[] faults =
        [
            ("", "/key /type /event"), (""" "key":"m","type":"ratio","event":"e" """, "/denominator /event /numerator"), (""" "key":"m","type":"retention","event":"e" """, "/endHours /startHours"),
            (""" "key":"m","type":"quantile","event":"e" """, "/propertyPath /quantile"), (""" "key":"m","type":"Count","event":"e" """, "/type"), (""" "key":"m","type":7,"event":"e" """, "/type"),
            (""" "key":"m","type":"mean","event":"e" """, "/propertyPath"), (""" "key":"m","type":"count","event":"" """, "/event"), (""" "key":"m","type":"count","event":"a\u0000" """, "/event"),
            (""" "key":"a/b","type":"count","event":"e" """, "/key"), (""" "key":"m","type":"count","event":"e","name":" " """, "/name"),
            (""" "key":"m","type":"count","event":"e","windowHours":0 """, "/windowHours"), (""" "key":"m","type":"count","event":"e","windowHours":-1 """, "/windowHours"),
            (""" "key":"m","type":"count","event":"e","windowHours":1e400 """, "/windowHours"), (""" "key":"m","type":"count","event":"e","windowHours":"24" """, "/windowHours"),
            (""" "key":"m","type":"count","event":"e","lookbackDays":366 """, "/lookbackDays"), (""" "key":"m","type":"count","event":"e","lookbackDays":0.5 """, "/lookbackDays"),
            (""" "key":"m","type":"count","event":"e","direction":"up" """, "/direction"), (""" "key":"m","type":"count","event":"e","cap":{"value":1.5,"unit":"relative"} """, "/cap/value"),
            (""" "key":"m","type":"count","event":"e","cap":{"value":0,"unit":"absolute"} """, "/cap/value"), (""" "key":"m","type":"count","event":"e","cap":7 """, "/cap"),
            (""" "key":"m","type":"count","event":"e","margin":{"value":-1,"unit":"absolute"} """, "/margin/value"), (""" "key":"m","type":"count","event":"e","margin":{"value":1} """, "/margin/unit"),
            (""" "key":"m","type":"count","event":"e","numerator":"x" """, "/numerator"), (""" "key":"m","type":"count","event":"e","sql":"x" """, "/sql"),
        ];
        foreach (var (fields, pointers) in faults)
        {
            yield return Metric(fields.Trim(), fields, pointers.Split(' '));
        }

        yield return new BadRow("exists", "POST", "/v1/metrics", """{"key":"buys","type":"count","event":"e"}""", 409, "metric_already_exists");
    }

    private static IEnumerable<BadRow> OfGroups()
    {
        (string Body, string Pointers)[] faults =
        [
            ("{}", "/key"), ("""{"key":7}""", "/key"), ("""{"key":"../g"}""", "/key"), ("""{"key":"g","name":"\u0000"}""", "/name"), ("""{"key":"g","x":1}""", "/x"),
            ("""{"key":"g","shares":[]}""", "/shares"), ("""{"key":"g","shares":{"a":0,"b":1e400,"c/d":1,"e":-1,"f":"1"}}""", "/shares/a /shares/b /shares/c~1d /shares/e /shares/f"),
            ("{\"key\":\"g\",\"shares\":{" + string.Join(',', Enumerable.Range(0, 1_001).Select(i => $"\"e{i}\":1")) + "}}", "/shares"),
        ];
        foreach (var (body, pointers) in faults)
        {
            yield return new BadRow(body[..Math.Min(60, body.Length)], "POST", "/v1/mutex-groups", body, 422, "validation_failed", pointers.Split(' '));
        }

        yield return new BadRow("exists", "POST", "/v1/mutex-groups", """{"key":"checkout"}""", 409, "mutex_group_already_exists");
    }

    private static IEnumerable<BadRow> OfKeys()
    {
        (string Body, string Pointers)[] faults =
        [
            ("{}", "/name /scopes"), ("""{"name":"n"}""", "/scopes"), ("""{"name":"","scopes":["assign"]}""", "/name"), ("""{"name":"a\u0000","scopes":["assign"]}""", "/name"),
            ($$"""{"name":"{{"n".Times(101)}}","scopes":["assign"]}""", "/name"), ("""{"name":"n","scopes":"admin"}""", "/scopes"), ("""{"name":"n","scopes":[]}""", "/scopes"),
            ("""{"name":"n","scopes":["all"]}""", "/scopes/0"), ("""{"name":"n","scopes":["assign",7,null]}""", "/scopes/1 /scopes/2"), ("""{"name":"n","scopes":["ADMIN"]}""", "/scopes/0"),
            ("""{"name":"n","scopes":["assign"],"project":"../p"}""", "/project"), ("""{"name":"n","scopes":["assign"],"secret":"x"}""", "/secret"),
            ("""{"name":"n","scopes":["assign"],"origins":["*","https://a.example/x","HTTPS://a.example","ftp://a",7]}""", "/origins/0 /origins/1 /origins/2 /origins/3 /origins/4"),
            ($$"""{"name":"n","scopes":["assign"],"origins":[{{Texts.List("\"https://a.example\"", 101)}}]}""", "/origins"),
        ];
        foreach (var (body, pointers) in faults)
        {
            yield return new BadRow(body[..Math.Min(90, body.Length)], "POST", "/v1/api-keys", body, 422, "validation_failed", pointers.Split(' '));
        }

        foreach (var id in new[] { "absent", "a%2Fb", "..%2F", "'%20OR%201=1", "a".Times(65) })
        {
            yield return new BadRow("no such key", "DELETE", $"/v1/api-keys/{id}", "", 404, "api_key_not_found");
        }
    }

    private static BadRow Metric(string name, string fields, params string[] pointers) =>
        new(name, "POST", "/v1/metrics", "{" + fields + "}", 422, "validation_failed", pointers);
}
