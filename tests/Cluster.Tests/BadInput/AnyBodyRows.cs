using System.Text;

namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>What is wrong with a body wherever it is sent.</summary>
internal static class AnyBodyRows
{
    /// <summary>Endpoints that need a body.</summary>
    public static readonly (string Method, string Path)[] Required =
    [
        ("POST", "/v1/assign"), ("POST", "/v1/assign/batch"), ("POST", "/v1/units/lookup"), ("POST", "/v1/units/rebucket"), ("POST", "/v1/units/explain"),
        ("POST", "/v1/exposures"), ("POST", "/v1/events"), ("POST", "/v1/experiments"), ("PATCH", "/v1/experiments/running"),
        ("POST", "/v1/metrics"), ("POST", "/v1/mutex-groups"), ("POST", "/v1/api-keys"),
    ];

    /// <summary>Endpoints that take none, and refuse a broken one all the same.</summary>
    private static readonly (string Method, string Path)[] Optional =
    [
        ("POST", "/v1/experiments/draft/start"), ("POST", "/v1/experiments/running/close"), ("POST", "/v1/experiments/running/pause"),
        ("POST", "/v1/experiments/paused/resume"), ("POST", "/v1/experiments/running/stop"), ("POST", "/v1/experiments/stopped/archive"),
        ("POST", "/v1/experiments/running/analyze"), ("POST", "/v1/experiments/running/snapshots/{snapshot}/verify"),
    ];

    private static readonly (string Name, byte[] Body)[] Malformed =
    [
        ("not JSON", Utf8("{unitId}")),
        ("single quotes", Utf8("{'unitId':'alice'}")),
        ("truncated", Utf8("""{"unitId":"alice","x":[1,2""")),
        ("truncated in a text", Utf8("""{"unitId":"ali""")),
        ("trailing comma", Utf8("""{"unitId":"alice",}""")),
        ("comment", Utf8("""{"unitId":"alice"/* hello */}""")),
        ("two values", Utf8("""{"unitId":"alice"}{}""")),
        ("repeated field", Utf8("""{"unitId":"alice","unitId":"bob"}""")),
        ("repeated unknown field", Utf8("""{"unitId":"alice","x":1,"x":2}""")),
        ("repeated field inside", Utf8("""{"unitId":"alice","x":{"y":[{"z":1,"z":2}]}}""")),
        ("repeated by escape", Utf8("""{"unitId":"alice","x":{"a":1,"\u0061":2}}""")),
        ("NaN", Utf8("""{"unitId":NaN}""")),
        ("Infinity", Utf8("""{"unitId":-Infinity}""")),
        ("leading zero", Utf8("""{"unitId":007}""")),
        ("line break in a text", Utf8("{\"unitId\":\"a\nb\"}")),
        ("escape that is none", Utf8("""{"unitId":"\x41"}""")),
        ("depth 33", Utf8($$"""{"x":{{"[".Times(33)}}{{"]".Times(33)}}}""")),
        ("lists 10,000 deep", Utf8("[".Times(10_000) + "]".Times(10_000))),
        ("objects 10,000 deep", Utf8("{\"x\":".Times(10_000) + "1" + "}".Times(10_000))),
        ("10,000 brackets and no end", Utf8("[".Times(10_000))),
        ("half a surrogate pair as a name", Utf8($$"""{"unitId":"alice","{{Texts.High}}":1}""")),
        ("half a surrogate pair as the only name", Utf8($$"""{"{{Texts.High}}":1}""")),
        ("half a surrogate pair as a name inside", Utf8($$$"""{"unitId":"alice","x":{"{{{Texts.Low}}}":1}}""")),
        ("invalid UTF-8", Texts.With("""{"unitId":"@"}""", 0xFF)),
        ("overlong UTF-8", Texts.With("""{"unitId":"@"}""", 0xC0, 0xAF)),
        ("overlong NUL", Texts.With("""{"unitId":"a@b"}""", 0xC0, 0x80)),
        ("raw surrogate", Texts.With("""{"unitId":"@"}""", 0xED, 0xA0, 0x80)),
        ("cut off inside a letter", Texts.With("""{"unitId":"@""", 0xE6, 0x96)),
        ("beyond Unicode", Texts.With("""{"unitId":"@"}""", 0xF4, 0x90, 0x80, 0x80)),
        ("byte order mark", [0xEF, 0xBB, 0xBF, .. Utf8("""{"unitId":"alice"}""")]),
        ("UTF-16", Encoding.Unicode.GetBytes("""{"unitId":"alice"}""")),
        ("raw NUL", Texts.With("""{"unitId":"a@b"}""", 0)),
    ];

    public static IEnumerable<BadRow> All()
    {
        foreach (var (method, path) in Required)
        {
            foreach (var (name, body) in Malformed)
            {
                yield return Row(name, method, path, body, 400, "malformed_request");
            }

            yield return Row("no body", method, path, [], 400, "malformed_request");
            yield return Row("a list", method, path, Utf8("[]"), 422, "validation_failed", "");
            yield return Row("a number", method, path, Utf8("7"), 422, "validation_failed", "");
            yield return Row("null", method, path, Utf8("null"), 422, "validation_failed", "");
            yield return Row("a text", method, path, Utf8("\"alice\""), 422, "validation_failed", "");
            yield return Row("2 MB", method, path, Utf8(" ".Times(2_097_152)), 413, "request_too_large");
            yield return Row("2 MB in chunks", method, path, Utf8("200000\r\n" + " ".Times(2_097_152) + "\r\n0\r\n\r\n"), 413, "request_too_large")
                .With("Transfer-Encoding: chunked");
            foreach (var type in new[] { "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/jsonp", "multipart/form-data; boundary=x" })
            {
                yield return Row(type, method, path, Utf8("{}"), 415, "unsupported_media_type") with { ContentType = type };
            }

            yield return Row("no content type", method, path, Utf8("{}"), 415, "unsupported_media_type") with { ContentType = null };
        }

        foreach (var (method, path) in Optional)
        {
            foreach (var (name, body) in Malformed.Where(fault => fault.Name is "truncated" or "repeated field" or "objects 10,000 deep" or "overlong UTF-8" or "byte order mark"))
            {
                yield return Row(name, method, path, body, 400, "malformed_request");
            }

            yield return Row("text", method, path, Utf8("{}"), 415, "unsupported_media_type") with { ContentType = "text/plain" };
            if (!path.EndsWith("analyze", StringComparison.Ordinal) && !path.EndsWith("verify", StringComparison.Ordinal))
            {
                yield return Row("a list", method, path, Utf8("[]"), 422, "validation_failed", "");
                yield return Row("unknown field", method, path, Utf8("""{"force":true}"""), 422, "validation_failed", "/force");
            }
        }
    }

    private static BadRow Row(string name, string method, string path, byte[] body, int status, string code, params string[] pointers) =>
        new BadRow(name, method, path, body, status, code, pointers) is var row && method == "PATCH" ? row.With("If-Match: \"2\"") : row;

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
