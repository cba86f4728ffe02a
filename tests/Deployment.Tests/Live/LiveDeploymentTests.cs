using System.Net;
using Splitstream.Testing;
using Splitstream.Testing.History;
using Xunit.Abstractions;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>What clients of the whole deployment see when an operator's bad day comes.</summary>
[Collection(LiveCollection.Name)]
public sealed class LiveDeploymentTests(LiveDeployment live, ITestOutputHelper output)
{
    [Fact]
    public void No_request_of_a_client_fails_while_a_server_is_killed_and_all_are_restarted_one_by_one()
    {
        output.WriteLine($"{live.Description}: {live.Records.Count} requests, {live.Tables.Assignments.Count} assignments, "
            + $"killed for {live.Killed.To - live.Killed.From}, backed up in {live.BackedUp.To - live.BackedUp.From}, "
            + $"restarted in {live.Rolled.To - live.Rolled.From}");
        var failed = live.Records.Where(record => record is not IngestRecord && !record.Exchange.IsDone).Take(5).Select(record => $"{record}");
        Assert.True(!failed.Any(), string.Join('\n', failed));
        var batches = live.Records.OfType<IngestRecord>().ToLookup(record => record.Exchange.IsDone, record => record.Ids[0]);
        Assert.Empty(batches[false].Except(batches[true]));
        foreach (var (from, to) in new[] { live.Killed, live.Rolled })
        {
            var answers = live.Records.OfType<AssignRecord>().Where(record => record.Start >= from && record.End <= to)
                .SelectMany(record => record.Answers).ToList();
            Assert.Contains(answers, answer => answer.Reason == "sticky");
            Assert.Contains(answers, answer => answer.Reason == "assigned");
        }
    }

    [Fact]
    public void Every_promise_holds_and_every_acknowledged_item_is_in_the_tables()
    {
        var violations = HistoryChecker.Check(live.Records, live.Tables);
        Assert.True(violations.Count == 0, string.Join('\n', violations.Take(3)));
        Assert.True(live.Tables.Assignments.Count > 100 && live.Tables.Events.Count > 100 && live.Tables.Exposures.Count > 100);
    }

    [Fact]
    public async Task Without_the_pooler_claims_and_ingest_go_on_and_management_says_503()
    {
        var history = new ClientHistory(TimeProvider.System);
        var client = new HistoryClient(history, "pooled");
        await live.Pooler.StopAsync();
        try
        {
            foreach (var unit in Enumerable.Range(0, 20).Select(number => $"pooled-{number}-{Guid.NewGuid():N}"))
            {
                await client.AssignAsync(live.Client, unit, "live-free");
                await client.SendEventsAsync(
                    live.Client,
                    [(unit, new { eventId = unit, unitId = unit, name = "bought", timestamp = TimeProvider.System.GetUtcNow() })]);
            }

            Assert.All(history.Records, record => Assert.True(record.Exchange.IsDone, $"{record}"));
            using var refused = await live.AdminClient.GetAsync("/v1/experiments");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }
        finally
        {
            live.Pooler.Start();
        }

        await Until.TrueAsync(async () =>
        {
            using var answer = await live.AdminClient.GetAsync("/v1/experiments");
            return answer.IsSuccessStatusCode;
        });
    }

    [Fact]
    public async Task Servers_listen_on_direct_connections()
    {
        await live.Admin.GetAsync("/v1/experiments");
        var pooled = await live.Pooler.ReadServerPortsAsync(LiveDatabase.Password);
        var connections = await live.Current.QueryAsync(
            "SELECT client_port, application_name FROM pg_stat_activity WHERE usename = 'splitstream'",
            row => (Port: row.GetInt32(0), Name: row.GetString(1)));
        Assert.Equal(2, connections.Count(connection => connection.Name == "splitstream-listen"));
        Assert.All(connections, connection => Assert.Equal(connection.Name == "splitstream-management", pooled.Contains(connection.Port)));
        Assert.Contains(connections, connection => connection.Name == "splitstream-management");
    }
}
