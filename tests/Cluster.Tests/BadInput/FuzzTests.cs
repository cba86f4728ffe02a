using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit.Abstractions;

namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>Runs when no other test does: the memory of this process is measured.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}

/// <summary>Twenty thousand spoilt bodies, many in flight at once, against the whole server.</summary>
[Collection(AloneCollection.Name)]
public sealed class FuzzTests(BadInputServer server, ITestOutputHelper output) : IClassFixture<BadInputServer>
{
    private const int Seed = 20_261_121;
    private const int Requests = 20_000;
    private const int WarmUp = 4_000;

    /// <summary>Memory is measured after each stage of so many requests.</summary>
    private const int Stage = 2_000;
    private const int InFlight = 16;

    /// <summary>
    /// What the middle one of the stages may add to memory. A leak of 1 KB a request adds 2 MB in every stage; the keys, metrics and units
    /// that a stage creates are some hundred kilobytes. The middle and not the sum, because now and then a large body makes the array pool
    /// of a thread keep arrays of 7 MB together: that happens in few stages and ends once every thread has its own.
    /// </summary>
    private const long GrowthBytes = 1024 * 1024;

    /// <summary>Connections to the database beside those of requests in flight: listener, claims, ingest, aggregation and this test's own.</summary>
    private const int OtherConnections = 16;

    /// <summary>Looks at the open transactions before those that are still the same count as forgotten.</summary>
    private const int MostLooks = 600;

    private string _version = "\"2\"";

    [Fact]
    public async Task No_spoilt_body_fails_the_server_or_grows_its_memory()
    {
        output.WriteLine($"seed {Seed}");
        var statuses = new int[600];

        await SendAsync(0, WarmUp, statuses);
        List<long> memory = [GC.GetTotalMemory(forceFullCollection: true)];
        for (var sent = WarmUp; sent < Requests; sent += Stage)
        {
            await SendAsync(sent, sent + Stage, statuses);
            memory.Add(GC.GetTotalMemory(forceFullCollection: true));
        }

        var growth = memory.Zip(memory.Skip(1), (before, after) => after - before).Order().ToList();
        output.WriteLine($"memory {string.Join(" ", memory.Select(bytes => $"{bytes:N0}"))}; answers {string.Join(", ", statuses.Select((count, status) => (count, status)).Where(pair => pair.count > 0).Select(pair => $"{pair.status}: {pair.count}"))}");
        Assert.Equal(Requests, statuses.Sum());
        Assert.All([400, 409, 413, 422], status => Assert.True(statuses[status] > 0, $"No request was answered {status}: the bodies are not spoilt in every way."));
        Assert.True(statuses[200] + statuses[201] + statuses[202] > Requests / 100, "Hardly any body stayed valid: the deeper layers were not reached.");
        Assert.True(growth[growth.Count / 2] < GrowthBytes, $"Memory grew by {string.Join(" ", growth)} bytes in stages of {Stage} requests with seed {Seed}.");
        await AssertConnectionsAsync();
        await AssertWholeAsync();
    }

    [Fact]
    public void Every_operation_that_takes_a_body_is_fuzzed()
    {
        var fuzzed = FuzzTarget.All.Select(target => $"{target.Method} {target.Operation}").Order(StringComparer.Ordinal);

        Assert.Equal(ContractOperations.All().Where(operation => operation.TakesBody).Select(operation => operation.ToString()).Order(StringComparer.Ordinal), fuzzed);
    }

    private async Task SendAsync(int from, int to, int[] statuses)
    {
        var next = from - 1;
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ =>
        {
            for (int number; (number = Interlocked.Increment(ref next)) < to;)
            {
                Interlocked.Increment(ref statuses[await SendAsync(number)]);
            }
        }));
    }

    /// <summary>Sends one request; it follows from the seed and its number alone, but for times of now.</summary>
    private async Task<int> SendAsync(int number)
    {
        // Neighbouring seeds give generators that begin alike, so that the number is mixed first.
        var random = new Random((int)((uint)(Seed + number) * 2_654_435_761u >> 1));
        var target = FuzzTarget.All[random.Next(FuzzTarget.All.Length)];
        var body = new JsonMutator(random).Spoil(target.Body(random));
        using var request = new HttpRequestMessage(new HttpMethod(target.Method), target.Path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(BadRow.Json);
        if (target.Method == "PATCH")
        {
            request.Headers.TryAddWithoutValidation("If-Match", _version);
        }

        var what = $"request {number} of seed {Seed}: {target.Method} {target.Path} {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 2_000)))}";
        try
        {
            using var response = await server.Node.Client.SendAsync(request);
            var (status, text) = ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
            Assert.True(status < 500, $"{status} {text} to {what}");
            if (status >= 400)
            {
                Assert.True(response.Content.Headers.ContentType?.MediaType == "application/problem+json", $"{status} {text} to {what}");
                Assert.False(string.IsNullOrEmpty(JsonDocument.Parse(text).RootElement.GetProperty("code").GetString()), what);
            }
            else if (target.Method == "PATCH")
            {
                _version = response.Headers.ETag!.Tag;
            }

            return status;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            throw new InvalidOperationException($"No answer to {what}", exception);
        }
    }

    /// <summary>No connection more than are used at once, and no transaction that somebody forgot: those under way now end soon.</summary>
    private async Task AssertConnectionsAsync()
    {
        var connections = await server.Node.QueryAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()", row => row.GetInt64(0));
        Assert.True(connections[0] <= InFlight + OtherConnections, $"{connections[0]} connections to the database are open.");

        var now = (await server.Node.QueryAsync("SELECT clock_timestamp()::text", row => row.GetString(0)))[0];
        var forgotten = $"SELECT pid || ' ' || query FROM pg_stat_activity WHERE datname = current_database() AND xact_start < '{now}' AND pid <> pg_backend_pid()";
        List<string> open;
        for (var looks = 0; (open = await server.Node.QueryAsync(forgotten, row => row.GetString(0))).Count > 0; looks++)
        {
            Assert.True(looks < MostLooks, $"Transactions were left open: {string.Join("; ", open)}");
            await Task.Delay(100);
        }
    }

    /// <summary>After all that the server still does its work.</summary>
    private async Task AssertWholeAsync()
    {
        await server.Node.GetAsync("/health/ready");
        var answer = await server.Node.PostAsync("/v1/assign", new { unitId = "afterwards", experiments = new[] { "running" } });
        Assert.Contains(answer.GetProperty("assignments")[0].GetProperty("reason").GetString(), new[] { "assigned", "not_targeted", "not_in_traffic" });
        await server.Node.GetAsync("/v1/experiments/running/results");
    }
}
