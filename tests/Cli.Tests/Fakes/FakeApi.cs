using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Splitstream.Cli.Up;

namespace Splitstream.Cli.Tests.Fakes;

/// <summary>The part of the public API that `import`, `results` and `verify` use, over real HTTP, in memory.</summary>
public sealed class FakeApi : IDisposable
{
    public const string Key = "admin-key";
    public const string StartedAt = "2026-01-02T03:04:05.123456Z";

    private readonly HttpListener _listener = new();
    private readonly Task _serving;
    private readonly Lock _gate = new();
    private readonly HashSet<string> _ids = [];

    public FakeApi()
    {
        Url = $"http://127.0.0.1:{Ports.Choose(null)}";
        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Url { get; }

    public Dictionary<string, JsonObject> Experiments { get; } = [];

    public Dictionary<string, JsonObject> Metrics { get; } = [];

    /// <summary>Bodies of ingest requests in the order of their arrival.</summary>
    public ConcurrentQueue<(string Path, string Body)> Ingested { get; } = [];

    /// <summary>Every request, as `METHOD path`.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Answers that ingest requests get before they are listened to: status and Retry-After in seconds.</summary>
    public ConcurrentQueue<(int Status, string? RetryAfter)> Refusals { get; } = [];

    /// <summary>Ids of items to refuse, with the code to refuse them with.</summary>
    public Func<JsonNode, string?> RejectItem { get; set; } = _ => null;

    public JsonObject Verification { get; set; } = new() { ["engine"] = "matches", ["data"] = "matches" };

    /// <summary>The answer to POST /v1/calibrate, and the body that asked for it last.</summary>
    public JsonObject Calibration { get; set; } = [];

    public JsonNode? CalibrationAsked { get; private set; }

    public IEnumerable<JsonNode> Exposures => Items("/v1/exposures", "exposures");

    public IEnumerable<JsonNode> Events => Items("/v1/events", "events");

    public void Dispose()
    {
        _listener.Stop();
        _serving.Wait();
        _listener.Close();
    }

    private IEnumerable<JsonNode> Items(string path, string property) =>
        Ingested.Where(i => i.Path == path).SelectMany(i => JsonNode.Parse(i.Body)![property]!.AsArray()).Select(item => item!);

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            var body = await reader.ReadToEndAsync();
            var path = context.Request.Url!.AbsolutePath;
            Requests.Enqueue($"{context.Request.HttpMethod} {path}");
            var (status, answer) = (context.Request.Headers["Authorization"] == $"Bearer {Key}")
                ? Answer(context, path, body)
                : Problem(401, "unauthenticated");
            context.Response.StatusCode = status;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer.ToJsonString()));
            context.Response.Close();
        }
    }

    private (int Status, JsonNode Answer) Answer(HttpListenerContext context, string path, string body)
    {
        lock (_gate)
        {
            var post = context.Request.HttpMethod == "POST";
            var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
            switch (parts)
            {
                case ["v1", "metrics"] when post:
                    return Create(Metrics, JsonNode.Parse(body)!.AsObject());
                case ["v1", "metrics"]:
                    // One metric a page, so that a reader that ignores the cursor is caught.
                    var at = int.Parse(context.Request.QueryString["cursor"] ?? "0", CultureInfo.InvariantCulture);
                    return (200, new JsonObject
                    {
                        ["items"] = new JsonArray([.. Metrics.Values.Skip(at).Take(1).Select(m => m.DeepClone())]),
                        ["nextCursor"] = at + 1 < Metrics.Count ? $"{at + 1}" : null,
                    });
                case ["v1", "experiments"] when post:
                    var made = JsonNode.Parse(body)!.AsObject();
                    (made["status"], made["version"], made["bucketingSeed"], made["createdAt"]) = ("draft", 1, "seed", StartedAt);
                    return Create(Experiments, made);
                case ["v1", "experiments", var key] when Experiments.TryGetValue(key, out var experiment):
                    return (200, experiment.DeepClone());
                case ["v1", "experiments", var key, "start"] when Experiments.TryGetValue(key, out var experiment):
                    (experiment["status"], experiment["startedAt"]) = ("running", StartedAt);
                    return (200, experiment.DeepClone());
                case ["v1", "experiments", var key, "analyze"] when Experiments.ContainsKey(key):
                    return (200, new JsonObject { ["snapshotId"] = "snap-1" });
                case ["v1", "experiments", var key, "results"] when Experiments.TryGetValue(key, out var experiment):
                    return (200, Results(key, experiment));
                case ["v1", "snapshots", "snap-1"]:
                    return (200, new JsonObject { ["experiment"] = "gate one" });
                case ["v1", "experiments", "gate one", "snapshots", "snap-1", "verify"] when post:
                    return (200, Verification.DeepClone());
                case ["v1", "calibrate"] when post:
                    CalibrationAsked = JsonNode.Parse(body);
                    return (200, Calibration.DeepClone());
                case ["v1", "exposures" or "events"] when post:
                    return Ingest(context, path, body, parts[1]);
                default:
                    return Problem(404, "not_found");
            }
        }
    }

    private (int, JsonNode) Ingest(HttpListenerContext context, string path, string body, string property)
    {
        if (Refusals.TryDequeue(out var refusal))
        {
            if (refusal.RetryAfter is not null)
            {
                context.Response.Headers["Retry-After"] = refusal.RetryAfter;
            }

            return Problem(refusal.Status, "unavailable");
        }

        Ingested.Enqueue((path, body));
        int accepted = 0, duplicates = 0;
        var rejected = new JsonArray();
        var items = JsonNode.Parse(body)![property]!.AsArray();
        for (var i = 0; i < items.Count; i++)
        {
            if (RejectItem(items[i]!) is { } code)
            {
                rejected.Add(new JsonObject { ["index"] = i, ["code"] = code, ["detail"] = "refused by the test" });
            }
            else if (_ids.Add((items[i]!["exposureId"] ?? items[i]!["eventId"])!.ToString()))
            {
                accepted++;
            }
            else
            {
                duplicates++;
            }
        }

        return (202, new JsonObject { ["accepted"] = accepted, ["duplicates"] = duplicates, ["late"] = 0, ["rejected"] = rejected });
    }

    private static JsonObject Results(string key, JsonObject experiment) => new()
    {
        ["experiment"] = key,
        ["snapshotId"] = "snap-1",
        ["lookNumber"] = 1,
        ["takenAt"] = StartedAt,
        ["srm"] = JsonNode.Parse("""{"observed":{"a":2,"b":2},"expected":{"a":2,"b":2},"chiSquared":0,"degreesOfFreedom":1,"pValue":1,"alarm":false}"""),
        ["decision"] = JsonNode.Parse("""{"status":"inconclusive","variant":null,"reason":"not_significant"}"""),
        ["metrics"] = new JsonArray(new JsonObject
        {
            ["metric"] = experiment["primaryMetric"]?.ToString(),
            ["role"] = "primary",
            ["type"] = "conversion",
            ["variants"] = JsonNode.Parse("""[{"variant":"a","units":2,"sum":1,"mean":0.5},{"variant":"b","units":2,"sum":2,"mean":0.19020134228187919}]"""),
            ["comparisons"] = JsonNode.Parse("""[{"variant":"b","control":"a","effect":-0.008201298315,"lift":-0.0431190349,"pValue":0.001554249976,"confidenceInterval":[-0.013,-0.003],"probabilityBetter":0.00077}]"""),
        }),
    };

    private static (int, JsonNode) Create(Dictionary<string, JsonObject> table, JsonObject item) =>
        table.TryAdd(item["key"]!.ToString(), item) ? (201, item.DeepClone()) : Problem(409, "key_taken");

    private static (int, JsonNode) Problem(int status, string code) =>
        (status, new JsonObject { ["status"] = status, ["code"] = code, ["detail"] = "The test server says no." });
}
