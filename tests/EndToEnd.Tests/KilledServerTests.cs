using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Splitstream.Cli.Up;

namespace Splitstream.EndToEnd.Tests;

/// <summary>Promise 3 against kill -9: what was answered 202 is there, and nothing is there twice, however often it is sent.</summary>
public sealed class KilledServerTests
{
    private const int Senders = 4;
    private const int EventsPerBatch = 25;

    /// <summary>So many batches are acknowledged before the kill; others are on their way then.</summary>
    private const int AcknowledgedBeforeKill = 40;

    private const int SigKill = 9;

    private static readonly DateTimeOffset Started = TimeProvider.System.GetUtcNow().AddMinutes(-10);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_acknowledged_event_is_stored_and_counted_once_after_all_batches_were_sent_again(bool databaseToo)
    {
        var installation = new Installation();
        await installation.UpAsync();
        try
        {
            var (sent, acknowledged) = await SendUntilKilledAsync(installation, databaseToo);
            await installation.UpAsync();

            var afterKill = await StoredAsync(installation);
            var answers = new List<(long Accepted, long Duplicates)>();
            foreach (var batch in sent)
            {
                var answer = await installation.Api.PostAsync("/v1/events", Body(batch), 202);
                answers.Add((answer.GetProperty("accepted").GetInt64(), answer.GetProperty("duplicates").GetInt64()));
            }

            var atLast = await StoredAsync(installation);

            Assert.True(sent.Count > acknowledged.Count, "No batch was on its way when the server was killed.");
            Assert.Empty(acknowledged.SelectMany(Ids).Except(afterKill.Keys));
            Assert.All(afterKill, row => Assert.Equal(1, row.Value));
            Assert.All(answers, answer => Assert.Equal(EventsPerBatch, answer.Accepted + answer.Duplicates));
            Assert.Equal(sent.SelectMany(Ids).Order(), atLast.Keys.Order());
            Assert.All(atLast, row => Assert.Equal(1, row.Value));
            await AssertLedgerAsync(installation, counted: atLast.Count, duplicates: answers.Sum(answer => answer.Duplicates));
        }
        finally
        {
            await installation.DisposeAsync();
        }
    }

    private static async Task<(List<int> Sent, List<int> Acknowledged)> SendUntilKilledAsync(Installation installation, bool databaseToo)
    {
        var (sent, acknowledged) = (new ConcurrentBag<int>(), new ConcurrentBag<int>());
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var next = 0;
        var senders = Enumerable.Range(0, Senders).Select(async _ =>
        {
            // The kill is what ends the loop.
            while (true)
            {
                var batch = Interlocked.Increment(ref next);
                sent.Add(batch);
                HttpStatusCode status;
                try
                {
                    using var response = await installation.Client.PostAsync("/v1/events", JsonContent.Create(Body(batch)));
                    status = response.StatusCode;
                }
                catch (HttpRequestException)
                {
                    return;
                }

                if (status == HttpStatusCode.Accepted)
                {
                    acknowledged.Add(batch);
                    if (acknowledged.Count >= AcknowledgedBeforeKill)
                    {
                        enough.TrySetResult();
                    }
                }
                else
                {
                    // Without its database the server cannot promise anything, and says so.
                    Assert.True(databaseToo && status == HttpStatusCode.ServiceUnavailable, $"A batch was answered {(int)status}.");
                }
            }
        }).ToArray();

        await Task.WhenAny(enough.Task, Task.WhenAll(senders));
        if (databaseToo)
        {
            PostgresCluster.RunningProcess(installation.Data)!.Signal(SigKill);
        }

        UpState.Read(installation.Data).Servers.Single().Process.Signal(SigKill);
        await Task.WhenAll(senders);
        return ([.. sent], [.. acknowledged]);
    }

    private static async Task<Dictionary<string, long>> StoredAsync(Installation installation) =>
        (await installation.QueryAsync("SELECT event_id, count(*) FROM events GROUP BY event_id", row => (row.GetString(0), row.GetInt64(1))))
        .ToDictionary(row => row.Item1, row => row.Item2);

    private static async Task AssertLedgerAsync(Installation installation, long counted, long duplicates)
    {
        var ledger = await installation.Api.GetAsync("/v1/ledger");
        var events = Assert.Single(ledger.GetProperty("items").EnumerateArray(), item => item.GetProperty("kind").GetString() == "event");
        long Number(string name) => events.GetProperty(name).GetInt64();
        Assert.Equal(counted, Number("counted") + Number("pending"));
        Assert.Equal(duplicates, Number("duplicate"));
        Assert.Equal(counted + duplicates, Number("received"));
        Assert.Equal(0, Number("rejected") + Number("quarantined") + Number("deadLettered"));
    }

    private static IEnumerable<string> Ids(int batch) => Enumerable.Range(0, EventsPerBatch).Select(i => $"event-{batch}-{i}");

    /// <summary>The same bytes for the same batch: an id may not come back with other content.</summary>
    private static object Body(int batch) => new
    {
        events = Ids(batch).Select((eventId, i) => new
        {
            eventId, unitId = $"unit-{i}", name = "bought", timestamp = Started.AddMilliseconds(batch), properties = new { value = batch },
        }),
    };
}
