namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>Paths, methods and queries that lead nowhere.</summary>
internal static class AddressRows
{
    private static readonly string[] NoKeys =
        ["a%2Fb", "..%2Frunning", "%2e%2e%2f", "a%0A", "caf%C3%A9", "%F0%9F%98%80", "k".Times(101), "'%3BDROP%20TABLE%20experiments--", "%252e", "-a", "absent"];

    private static readonly (string Path, string Code)[] OfKeys =
    [
        ("/v1/experiments/{0}", "experiment_not_found"), ("/v1/experiments/{0}/results", "experiment_not_found"), ("/v1/experiments/{0}/snapshots", "experiment_not_found"),
        ("/v1/experiments/{0}/views", "experiment_not_found"), ("/v1/experiments/{0}/audit", "experiment_not_found"), ("/v1/experiments/running/snapshots/{0}", "snapshot_not_found"),
        ("/v1/snapshots/{0}", "snapshot_not_found"), ("/v1/metrics/{0}", "metric_not_found"), ("/v1/mutex-groups/{0}", "mutex_group_not_found"),
    ];

    private static readonly string[] Lists =
        ["/v1/experiments", "/v1/metrics", "/v1/mutex-groups", "/v1/api-keys", "/v1/audit", "/v1/experiments/running/audit", "/v1/experiments/running/snapshots", "/v1/experiments/running/views"];

    public static IEnumerable<BadRow> All() => [.. OfPaths(), .. OfMethods(), .. OfLists()];

    private static IEnumerable<BadRow> OfPaths()
    {
        foreach (var (path, code) in OfKeys)
        {
            yield return new BadRow("NUL, which HTTP servers refuse by themselves", "GET", path.Replace("{0}", "running%00", StringComparison.Ordinal), "", 400, "");
            foreach (var key in NoKeys)
            {
                yield return new BadRow("no such thing", "GET", path.Replace("{0}", key, StringComparison.Ordinal), "", 404, code);
            }
        }

        string[] nowhere =
        [
            "/", "/v1", "/v2/experiments", "/v1/layers", "/v1/holdouts", "/v1/units/link", "/v1/units/erase", "/v1/experiments/a/b/c", "/favicon.ico",
            "/v1//experiments", "/v1/experiments/running/start/again", "/v1/../../etc/passwd", "/v1/%2e%2e/%2e%2e/etc/passwd", "/health", "/openapi/v2.json", "/swagger", "/.env",
        ];
        foreach (var path in nowhere)
        {
            yield return new BadRow("nothing there", "GET", path, "", 404, "not_found");
            yield return new BadRow("nothing there", "POST", path, "{}", 404, "not_found") { Key = null };
        }
    }

    private static IEnumerable<BadRow> OfMethods()
    {
        foreach (var path in ContractOperations.All().DistinctBy(operation => operation.Path))
        {
            var target = path.Path.Replace("{key}", "running", StringComparison.Ordinal).Replace("{id}", "absent", StringComparison.Ordinal)
                .Replace("{experiment}", "running", StringComparison.Ordinal).Replace("{unitId}", "alice", StringComparison.Ordinal);
            yield return new BadRow("other method", "PUT", target, "{}", 405, "method_not_allowed");
            yield return new BadRow("method of nobody", "BREW", target, "", 405, "method_not_allowed") { Key = null };
        }
    }

    private static IEnumerable<BadRow> OfLists()
    {
        string[] queries =
            ["limit=0", "limit=-1", "limit=201", "limit=1e2", "limit=", "limit=%D9%A1", "limit=99999999999999999999", "cursor=", "cursor=x", "cursor=%00", "cursor=Li4vLi4v", "cursor='%20OR%201=1--", "cursor=" + "A".Times(600)];
        foreach (var list in Lists)
        {
            foreach (var query in queries)
            {
                yield return new BadRow("query", "GET", $"{list}?{query}", "", 422, "validation_failed", "/" + query.Split('=')[0]);
            }
        }
    }
}
