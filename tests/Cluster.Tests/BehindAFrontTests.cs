using System.Net;
using System.Net.Http.Headers;
using Splitstream.Testing;

namespace Splitstream.Cluster.Tests;

/// <summary>What a server does for those who put a front before it and a pool behind it.</summary>
public sealed class BehindAFrontTests
{
    /// <summary>Wrong keys that one address may send at once before it is told to slow down.</summary>
    private const int Burst = 20;

    [Fact]
    public async Task A_server_that_is_told_to_end_says_so_and_goes_on_until_the_fronts_have_turned_away()
    {
        await using var node = await Node.StartAsync(configure: options => options with { DrainSeconds = 300 });
        await node.RunAsync(Node.Definition("drained"));
        using var impatience = new CancellationTokenSource();
        var ending = node.StopAsync(impatience.Token);

        var ready = await node.SendAsync(HttpMethod.Get, "/health/ready", status: 503);
        var assigned = await node.PostAsync("/v1/assign", new { unitId = "late", experiments = new[] { "drained" } });
        await impatience.CancelAsync();
        await ending.ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.Equal("not_ready", ready.GetProperty("status").GetString());
        Assert.Equal("stopping", ready.GetProperty("checks")[0].GetProperty("name").GetString());
        Assert.Equal("assigned", assigned.GetProperty("assignments")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Who_guesses_keys_behind_a_trusted_front_slows_down_nobody_else()
    {
        await using var node = await Node.StartAsync(configure: options => options with { TrustedProxies = "192.0.2.1, 127.0.0.0/8" });

        Assert.Equal(HttpStatusCode.TooManyRequests, await GuessAsync(node, "198.51.100.7", Burst + 1));
        Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync(node, "198.51.100.8", 1));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GuessAsync(node, "203.0.113.9, 198.51.100.7", 1));
    }

    [Fact]
    public async Task Who_is_not_trusted_cannot_pretend_to_come_from_elsewhere()
    {
        await using var node = await Node.StartAsync(configure: options => options with { TrustedProxies = "192.0.2.1" });

        Assert.Equal(HttpStatusCode.TooManyRequests, await GuessAsync(node, "198.51.100.7", Burst + 1));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GuessAsync(node, "198.51.100.8", 1));
    }

    [Fact]
    public async Task Management_goes_through_a_connection_of_its_own_and_claims_do_not()
    {
        var database = await PostgresServer.Shared.CreateDatabaseAsync();
        await using var node = await Node.StartAsync(
            database, configure: options => options with { ManagementConnectionString = database + ";Maximum Pool Size=3" });
        await node.RunAsync(Node.Definition("managed"));
        await node.GetAsync("/v1/experiments/managed");
        await node.AssignAsync("somebody", "managed");

        var last = await node.QueryAsync(
            "SELECT application_name, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
            reader => (Application: reader.GetString(0), Query: reader.GetString(1)));

        Assert.Contains(last, connection => connection.Application == "splitstream-management");
        Assert.DoesNotContain(last, connection => connection.Application == "splitstream-management"
            && (connection.Query.Contains("LISTEN", StringComparison.Ordinal)
                || connection.Query.Contains("INTO assignments", StringComparison.Ordinal)));
        Assert.Contains(last, connection => connection.Application == "splitstream-listen");
    }

    [Theory]
    [InlineData("DrainSeconds")]
    [InlineData("ShutdownSeconds")]
    [InlineData("TrustedProxies")]
    public async Task A_setting_out_of_its_range_is_refused_by_name(string setting)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Node.StartAsync(configure: options => setting switch
        {
            "DrainSeconds" => options with { DrainSeconds = -1 },
            "ShutdownSeconds" => options with { ShutdownSeconds = 0 },
            _ => options with { TrustedProxies = "10.0.0.0/8, everybody" },
        }));

        Assert.Contains($"Splitstream:{setting}", refused.Message, StringComparison.Ordinal);
    }

    /// <returns>The answer to the last guess.</returns>
    private static async Task<HttpStatusCode> GuessAsync(Node node, string forwardedFor, int guesses)
    {
        var status = HttpStatusCode.OK;
        for (var i = 0; i < guesses; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/experiments");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", $"guess-{i}");
            request.Headers.Add("X-Forwarded-For", forwardedFor);
            using var answer = await node.Client.SendAsync(request);
            status = answer.StatusCode;
        }

        return status;
    }
}
