using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Splitstream.Testing;

namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>One whole server with something of everything in it, so that a refusal is never for want of the thing.</summary>
public sealed class BadInputServer : IAsyncLifetime
{
    /// <summary>An experiment in every state, named after it.</summary>
    public static readonly ImmutableArray<string> Statuses = ["draft", "running", "closed", "paused", "stopped", "archived"];

    private Node? _node;
    private DatabaseContent? _content;

    public Node Node => _node ?? throw new InvalidOperationException("Nothing is up.");

    public Uri Address => Node.Client.BaseAddress!;

    /// <summary>Secrets by what they may; besides those that are no keys at all.</summary>
    public Dictionary<string, string> Keys { get; } = new(StringComparer.Ordinal) { ["unknown"] = "not-a-key", ["long"] = new('k', 4_000) };

    /// <summary>The only snapshot, of the experiment that runs.</summary>
    public string Snapshot { get; private set; } = "";

    public async Task InitializeAsync()
    {
        _node = await Node.StartAsync();
        Keys["admin"] = Node.Client.DefaultRequestHeaders.Authorization!.Parameter!;
        foreach (var scope in new[] { "assign", "ingest", "read", "manage" })
        {
            Keys[scope] = (await CreateKeyAsync(scope)).GetProperty("secret").GetString()!;
        }

        var revoked = await CreateKeyAsync("admin");
        Keys["revoked"] = revoked.GetProperty("secret").GetString()!;
        await Node.SendAsync(HttpMethod.Delete, $"/v1/api-keys/{revoked.GetProperty("id").GetString()}", status: 204);

        await Node.PostAsync("/v1/metrics", new { key = "buys", name = "Buys", type = "conversion", @event = "buy", windowHours = 24 }, 201);
        await Node.PostAsync("/v1/mutex-groups", new { key = "checkout", name = "Checkout" }, 201);
        foreach (var status in Statuses)
        {
            await CreateExperimentAsync(status);
        }

        var variant = (await Node.PostAsync("/v1/assign", new { unitId = "alice", experiments = new[] { "running" } }))
            .GetProperty("assignments")[0].GetProperty("variant").GetString();
        var timestamp = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        await Node.PostAsync("/v1/exposures", new { exposureId = "x1", unitId = "alice", experiment = "running", variant, timestamp }, 202);
        await Node.PostAsync("/v1/events", new { eventId = "e1", unitId = "alice", name = "buy", timestamp }, 202);
        while ((await Node.QueryAsync("SELECT count(*) FROM batches", row => row.GetInt64(0))).Single() > 0)
        {
            await Task.Delay(20);
        }

        // The look that follows a stop comes a second later, by itself.
        await Until.TrueAsync(async () => (await Node.QueryAsync(
            """
            SELECT count(*) FROM experiments e
            WHERE status = 'stopped' AND NOT EXISTS (SELECT FROM looks l WHERE l.experiment_id = e.experiment_id AND l.kind = 'final')
            """,
            row => row.GetInt64(0))).Single() == 0);
        Snapshot = (await Node.PostAsync("/v1/experiments/running/analyze")).GetProperty("snapshotId").GetString()!;
        _content = await DatabaseContent.OfAsync(Node.Database);
    }

    public Task DisposeAsync() => Node.DisposeAsync().AsTask();

    public async Task<RawAnswer> SendAsync(BadRow row)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"{row.Method} {row.Path.Replace("{snapshot}", Snapshot, StringComparison.Ordinal)} HTTP/1.1\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Host: {Address.Authority}\r\nConnection: close\r\n");
        if (row.Key is not null) head.Append(CultureInfo.InvariantCulture, $"Authorization: Bearer {Keys[row.Key]}\r\n");
        if (row.ContentType is not null) head.Append(CultureInfo.InvariantCulture, $"Content-Type: {row.ContentType}\r\n");
        if (!row.Headers.Any(line => line.StartsWith("Content-Length", StringComparison.Ordinal) || line.StartsWith("Transfer-Encoding", StringComparison.Ordinal)))
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {row.Body.Length}\r\n");
        head.AppendJoin("", row.Headers.Select(line => line + "\r\n")).Append("\r\n");
        return await RawHttp.SendAsync(Address, head.ToString(), row.Body);
    }

    /// <summary>What is stored, and the ledger; equal before and after a request that stores nothing.</summary>
    public async Task<SortedDictionary<string, string>> StoredAsync(int rejectedMore = 0)
    {
        var stored = await _content!.ReadAsync();
        var ledger = await Node.GetAsync("/v1/ledger");
        var (received, rejected) = (0L, 0L);
        foreach (var kind in ledger.GetProperty("items").EnumerateArray())
        {
            long Number(string name) => kind.GetProperty(name).GetInt64();
            received += Number("received");
            rejected += Number("rejected");
            stored[$"ledger of {kind.GetProperty("kind").GetString()}s"] =
                $"{Number("counted") + Number("pending")} stored, {Number("duplicate")} {Number("quarantined")} {Number("deadLettered")} {Number("late")} else";
        }

        stored["ledger"] = $"received {received - rejectedMore}, rejected {rejected - rejectedMore}";
        return stored;
    }

    private Task<JsonElement> CreateKeyAsync(string scope) => Node.PostAsync("/v1/api-keys", new { name = scope, scopes = new[] { scope } }, 201);

    private async Task CreateExperimentAsync(string status)
    {
        await Node.PostAsync("/v1/experiments", new
        {
            key = status,
            name = status,
            hypothesis = "This test shows what it is meant to show.",
            variants = new[] { new { key = "control", weight = 50 }, new { key = "treatment", weight = 50 } },
            primaryMetric = "buys",
        }, 201);
        string[] moves = status switch
        {
            "draft" => [],
            "running" => ["start"],
            "closed" => ["start", "close"],
            "paused" => ["start", "pause"],
            "stopped" => ["start", "stop"],
            _ => ["start", "stop", "archive"],
        };
        foreach (var move in moves)
        {
            await Node.PostAsync($"/v1/experiments/{status}/{move}");
        }
    }
}
