namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>HTTP that is broken. Where the server cannot tell a request apart, its answer is a bare 400.</summary>
internal static class TransportRows
{
    private const string Unit = """{"unitId":"new"}""";

    public static IEnumerable<BadRow> All()
    {
        foreach (var path in new[] { "/v1/assign", "/v1/events", "/v1/experiments" })
        {
            yield return new BadRow("chunk of no size", "POST", path, "xyz\r\n{}\r\n0\r\n\r\n", 400, "malformed_request").With("Transfer-Encoding: chunked");
            yield return new BadRow("chunk of a size beyond numbers", "POST", path, "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n", 400, "malformed_request").With("Transfer-Encoding: chunked");
            yield return new BadRow("chunks in place of JSON", "POST", path, "1\r\n{\r\n0\r\n\r\n", 400, "malformed_request").With("Transfer-Encoding: chunked");
            yield return new BadRow("less declared than sent", "POST", path, Unit, 400, "malformed_request").With("Content-Length: 9");
            yield return new BadRow("gigabytes declared", "POST", path, Unit, 413, "request_too_large").With("Content-Length: 9999999999");
        }

        yield return Bare("negative length", "POST", "/v1/assign", Unit).With("Content-Length: -1");
        yield return Bare("length in words", "POST", "/v1/assign", Unit).With("Content-Length: ten");
        yield return Bare("two lengths", "POST", "/v1/assign", Unit).With("Content-Length: 16").With("Content-Length: 17");
        yield return Bare("coding of nobody", "POST", "/v1/assign", Unit).With("Transfer-Encoding: brotli");
        yield return Bare("header without a name", "GET", "/v1/experiments", "").With(": value");
        yield return Bare("header of two lines", "GET", "/v1/experiments", "").With("X-Folded: a\r\n b");
        yield return Bare("header in Latin-1", "POST", "/v1/events", """{"events":[]}""").With("Idempotency-Key: \u00e9");
        yield return Bare("method with a bracket", "G(T", "/v1/experiments", "");
        yield return Bare("no path", "GET", "v1/experiments", "");
        yield return Bare("space in the path", "GET", "/v1/experiments /x", "");
        yield return Bare("second Host", "GET", "/v1/experiments", "").With("Host: other");
        yield return new BadRow("headers beyond the limit", "GET", "/v1/experiments", "", 431, "").With("X-Long: " + "x".Times(40_000));
        yield return new BadRow("path beyond the limit", "GET", "/v1/experiments/" + "a".Times(9_000), "", 414, "");
    }

    private static BadRow Bare(string name, string method, string path, string body) => new(name, method, path, body, 400, "");
}
