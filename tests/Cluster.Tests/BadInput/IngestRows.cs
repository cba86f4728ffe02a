namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>Items of ingest, alone in their batch and invalid. The ledger counts them as received and rejected; nothing else keeps them.</summary>
internal static class IngestRows
{
    private static readonly string Now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
    private static readonly string Tomorrow = TimeProvider.System.GetUtcNow().AddDays(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static readonly (string Name, string Value)[] Times =
    [
        ("year 9999", "\"9999-12-31T23:59:59Z\""), ("beyond year 9999", "\"9999-12-31T23:59:59-14:00\""), ("before year 1", "\"0001-01-01T00:00:00+14:00\""),
        ("year 10000", "\"10000-01-01T00:00:00Z\""), ("negative year", "\"-2026-01-01T00:00:00Z\""), ("tomorrow", $"\"{Tomorrow}\""),
        ("without zone", "\"2026-03-01T12:00:00\""), ("a date", "\"2026-03-01\""), ("a number", "1772366400"), ("null", "null"), ("missing", ""),
        ("no such day", "\"2026-02-30T12:00:00Z\""), ("hour 24", "\"2026-03-01T24:00:00Z\""), ("second 61", "\"2026-03-01T12:00:61Z\""),
        ("zone of 99 hours", "\"2026-03-01T12:00:00+99:00\""), ("zone by name", "\"2026-03-01T12:00:00 CET\""), ("spaces", "\" 2026-03-01T12:00:00Z\""),
        ("Arabic digits", "\"٢٠٢٦-٠٣-٠١T١٢:٠٠:٠٠Z\""), ("empty", "\"\""), ("lone surrogate", $"\"{Texts.High}\""), ("a megabyte less a bit", $"\"{"2".Times(900_000)}\""),
    ];

    public static IEnumerable<BadRow> All() => [.. OfBoth("exposures", Exposure), .. OfBoth("events", Event), .. OfExposures(), .. OfEvents()];

    private static IEnumerable<BadRow> OfBoth(string kind, Func<string, string, string> item)
    {
        var path = "/v1/" + kind;
        string List(params string[] items) => $$"""{"{{kind}}":[{{string.Join(',', items)}}]}""";
        BadRow Refused(string name, string body, params string[] pointers) =>
            new(name, "POST", path, body, 422, "all_invalid", pointers) { RejectedItems = pointers.Length };

        foreach (var (name, value) in Times)
        {
            yield return Refused($"time: {name}", List(item("timestamp", value)), $"/{kind}/0");
        }

        foreach (var (name, value) in new[] { ("year 1", "0001-01-01T00:00:00Z"), ("31 days ago", TimeProvider.System.GetUtcNow().AddDays(-31).ToString("O", null)) })
        {
            yield return new BadRow($"time: {name}", "POST", path, List(item("timestamp", $"\"{value}\"")), 412, "all_too_old") { RejectedItems = 1 };
        }

        foreach (var (name, value) in new[]
        {
            ("empty", "\"\""), ("NUL", "\"a\\u0000\""), ("lone surrogate", $"\"{Texts.Low}\""), ("513 code points", $"\"{"a".Times(513)}\""),
            ("a number", "7"), ("null", "null"), ("missing", ""), ("an object", "{}"),
        })
        {
            yield return Refused($"unit: {name}", List(item("unitId", value)), $"/{kind}/0");
        }

        var id = kind == "events" ? "eventId" : "exposureId";
        foreach (var (name, value) in new[] { ("empty", "\"\""), ("129 characters", $"\"{"x".Times(129)}\""), ("a number", "7"), ("NUL", "\"\\u0000\""), ("lone surrogate", $"\"{Texts.High}\"") })
        {
            yield return Refused($"id: {name}", List(item(id, value)), $"/{kind}/0");
        }

        yield return Refused("no objects", List("1", "null", "\"x\"", "[]"), $"/{kind}/0", $"/{kind}/1", $"/{kind}/2", $"/{kind}/3");
        yield return Refused("one item as the body", "{}", $"/{kind}/0");
        yield return new BadRow("empty list", "POST", path, List(), 422, "validation_failed", "/" + kind);
        yield return new BadRow("no list", "POST", path, $$"""{"{{kind}}":{} }""", 422, "validation_failed", "/" + kind);
        yield return new BadRow("1,001 items", "POST", path, List(Texts.List(item("timestamp", $"\"{Now}\""), 1_001)), 413, "request_too_large");
        foreach (var key in new[] { "", "x".Times(129), "a b", "\u00c3\u00a9" })
        {
            yield return new BadRow($"idempotency key '{key}'", "POST", path, List(item("timestamp", $"\"{Now}\"")), 400, "malformed_request").With("Idempotency-Key: " + key);
        }

        foreach (var body in new[] { List(item("timestamp", $"\"{Now}\"")), """{"clientKey":7}""", """{"clientKey":"guess"}""" })
        {
            yield return new BadRow($"beacon {body[..14]}", "POST", path, body, 401, "unauthenticated") { Key = null, ContentType = "text/plain" };
        }
    }

    private static IEnumerable<BadRow> OfExposures()
    {
        foreach (var field in new[] { "experiment", "variant" })
        {
            foreach (var value in new[] { "", "\"\"", "7", "\"a/b\"", "\"../x\"", "\"a\\n\"", "\"'; DROP TABLE exposures; --\"", $"\"{Texts.High}\"", $"\"{"k".Times(101)}\"" })
            {
                yield return new BadRow($"{field}: {value}", "POST", "/v1/exposures", $$"""{"exposures":[{{Exposure(field, value)}}]}""", 422, "all_invalid", "/exposures/0") { RejectedItems = 1 };
            }
        }
    }

    private static IEnumerable<BadRow> OfEvents()
    {
        (string Field, string Value)[] faults =
        [
            ("name", ""), ("name", "\"\""), ("name", "7"), ("name", "\"a\\u0000\""), ("name", $"\"{Texts.Low}\""), ("name", $"\"{"n".Times(257)}\""),
            ("properties", "[1]"), ("properties", "\"x\""), ("properties", "7"), ("properties", """{"x":"\u0000"}"""), ("properties", """{"\u0000":1}"""),
            ("properties", """{"x":1e400}"""), ("properties", """{"x":[-1e999]}"""), ("properties", """{"x":1e-400}"""),
            ("properties", $$"""{"x":{{"9".Times(65)}}}"""), ("properties", $$"""{"x":"{{Texts.High}}"}"""),
        ];
        foreach (var (field, value) in faults)
        {
            yield return new BadRow($"{field}: {value}", "POST", "/v1/events", $$"""{"events":[{{Event(field, value)}}]}""", 422, "all_invalid", "/events/0") { RejectedItems = 1 };
        }
    }

    private static string Exposure(string field, string value) => Item(field, value, ("unitId", "\"new\""), ("experiment", "\"running\""), ("variant", "\"control\""), ("timestamp", $"\"{Now}\""));

    private static string Event(string field, string value) => Item(field, value, ("unitId", "\"new\""), ("name", "\"buy\""), ("timestamp", $"\"{Now}\""));

    /// <summary>A valid item with one field changed, or left out where the value is empty.</summary>
    private static string Item(string field, string value, params (string Name, string Value)[] fields) =>
        "{" + string.Join(',', fields.Where(other => other.Name != field).Append((field, value)).Where(pair => pair.Item2.Length > 0).Select(pair => $"\"{pair.Item1}\":{pair.Item2}")) + "}";
}
