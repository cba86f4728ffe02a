using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orleans;
using Orleans.Runtime;
using Splitstream.Bucketing;
using Splitstream.Silo.Cluster;
using Splitstream.Silo.Options;
using Splitstream.Testing;

namespace Splitstream.Cluster.Tests;

/// <summary>What only a cluster can do. Compiled with Orleans.</summary>
public sealed class SilosTests
{
    private const int Partitions = 16;

    [Fact]
    public async Task A_silo_that_joins_gets_its_share_of_the_partitions()
    {
        await using var first = await Node.StartAsync(configure: Briefly);
        await first.RunAsync(Node.Definition("spread"));
        await ClaimEverywhereAsync(first, "before");
        var alone = await PartitionsBySiloAsync(first);

        await using var second = await Node.StartAsync(first.ConnectionString, configure: Briefly);
        var round = 0;
        await Until.TrueAsync(async () =>
        {
            await ClaimEverywhereAsync(first, $"round-{round++}");
            var shares = await PartitionsBySiloAsync(first);
            return shares.Count == 2 && shares.Values.Min() >= Partitions / 4;
        });

        Assert.Equal(Partitions, Assert.Single(alone).Value);
    }

    [Fact]
    public async Task An_api_host_answers_everything_and_holds_no_grain()
    {
        await using var silo = await Node.StartAsync();
        await using var api = await Node.StartAsync(
            silo.ConnectionString, configure: options => options with { Cluster = options.Cluster with { Role = ClusterRole.Api } });

        await api.PostAsync("/v1/experiments", Definition("through-the-api"), 201);
        await api.PostAsync("/v1/experiments/through-the-api/start");
        await ClaimEverywhereAsync(api, "unit", "through-the-api");
        var edited = await api.Experiment("through-the-api").GetAsync();
        var analysed = await api.PostAsync("/v1/experiments/through-the-api/analyze");

        Assert.Equal(ExperimentStatus.Running, edited.Value!.Status);
        Assert.Equal(Partitions, Assert.Single(await PartitionsBySiloAsync(silo)).Value);
        Assert.NotEqual("", analysed.GetProperty("snapshotId").GetString());
    }

    [Fact]
    public async Task A_refusal_of_a_grain_elsewhere_is_the_same_refusal()
    {
        await using var silo = await Node.StartAsync();
        await using var api = await Node.StartAsync(
            silo.ConnectionString, configure: options => options with { Cluster = options.Cluster with { Role = ClusterRole.Api } });
        await api.PostAsync("/v1/experiments", Definition("taken"), 201);

        var again = await api.PostAsync("/v1/experiments", Definition("taken"), 409);

        Assert.Equal("experiment_already_exists", again.GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_dashboard_is_for_holders_of_an_admin_key()
    {
        await using var silo = await Node.StartAsync(configure: options => options with { Cluster = options.Cluster with { Dashboard = true } });
        var secret = silo.Client.DefaultRequestHeaders.Authorization!.Parameter!;

        Assert.Equal(HttpStatusCode.Unauthorized, await VisitAsync(silo, null));
        Assert.Equal(HttpStatusCode.Unauthorized, await VisitAsync(silo, "guess"));
        Assert.Equal(HttpStatusCode.OK, await VisitAsync(silo, secret));
    }

    [Fact]
    public async Task Without_the_setting_there_is_no_dashboard()
    {
        await using var silo = await Node.StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, await VisitAsync(silo, silo.Client.DefaultRequestHeaders.Authorization!.Parameter!));
    }

    [Fact]
    public async Task Who_advertises_loopback_to_another_host_s_cluster_is_refused_before_it_joins()
    {
        await using var silo = await Node.StartAsync();
        await silo.QueryAsync("UPDATE orleans.silos SET host = 'elsewhere', alive_at = now() + interval '1 minute' RETURNING 1", row => row.GetInt32(0));

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Node.StartAsync(silo.ConnectionString));

        Assert.Contains("Splitstream:Cluster:AdvertisedAddress", refused.Message, StringComparison.Ordinal);
        Assert.Contains("elsewhere", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_whose_only_silo_was_killed_a_moment_ago_starts_again()
    {
        var database = await KilledAsync("clock_timestamp()");

        await using var next = await Node.StartAsync(database);

        Assert.Equal([6, 3], await next.QueryAsync("SELECT status FROM orleans.silos ORDER BY status DESC", row => row.GetInt32(0)));
    }

    [Theory]
    [InlineData("clock_timestamp() + interval '1 hour'", false)]
    [InlineData("clock_timestamp() - interval '1 hour'", true)]
    public async Task Who_goes_on_giving_signs_of_life_and_cannot_be_reached_is_not_waited_for_without_end(string alive, bool joins)
    {
        await using var database = NpgsqlDataSource.Create(await KilledAsync(alive));

        Assert.Equal(joins, await WaitAsync(database, new ClusterSettings()));
    }

    [Fact]
    public async Task A_predecessor_at_the_own_endpoint_is_not_waited_for()
    {
        await using var database = NpgsqlDataSource.Create(await KilledAsync("clock_timestamp() + interval '1 hour'"));
        await using var entry = database.CreateCommand("SELECT port FROM orleans.silos");
        var port = (int)(await entry.ExecuteScalarAsync())!;

        Assert.True(await WaitAsync(database, new ClusterSettings { SiloPort = port }));

        await using var next = await Node.StartAsync(
            database.ConnectionString, configure: options => options with { Cluster = options.Cluster with { SiloPort = port } });

        Assert.Equal([6, 3], await next.QueryAsync("SELECT status FROM orleans.silos ORDER BY status DESC", row => row.GetInt32(0)));
    }

    [Fact]
    public void The_settings_of_the_cluster_are_read_from_the_environment_s_names()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?> { ["Splitstream:Cluster:Role"] = "api", ["Splitstream:Cluster:SiloPort"] = "12000" }).Build();

        var settings = configuration.GetSection(ServerOptions.Section).Get<ServerOptions>()!.Cluster;

        Assert.Equal((ClusterRole.Api, 12_000), (settings.Role, settings.SiloPort));
    }

    private static Task<bool> WaitAsync(NpgsqlDataSource database, ClusterSettings settings) => ClusterNeighbours.WaitForTheGoneAsync(
        database, settings, IPAddress.Loopback, TimeSpan.FromSeconds(2), NullLogger.Instance, CancellationToken.None);

    /// <summary>The database of a cluster whose only silo is gone and never said so; its last sign of life was at this time, in SQL.</summary>
    private static async Task<string> KilledAsync(string alive)
    {
        string database;
        await using (var silo = await Node.StartAsync())
        {
            database = silo.ConnectionString;
        }

        await using var source = NpgsqlDataSource.Create(database);
        await using var killed = source.CreateCommand($"UPDATE orleans.silos SET status = 3, suspicions = NULL, alive_at = {alive}");
        Assert.Equal(1, await killed.ExecuteNonQueryAsync());
        return database;
    }

    private static ServerOptions Briefly(ServerOptions options) =>
        options with { Cluster = options.Cluster with { PartitionTenureSeconds = 1 } };

    private static object Definition(string key) => new
    {
        key,
        name = key,
        hypothesis = "A cluster does what one process does.",
        variants = new[] { new { key = "control", weight = 1 }, new { key = "treatment", weight = 1 } },
    };

    /// <summary>Claims enough new units that each partition gets some.</summary>
    private static async Task ClaimEverywhereAsync(Node node, string prefix, string experiment = "spread")
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => node.AssignAsync($"{prefix}-{i}", experiment)));
        Assert.All(answers, answer => Assert.NotNull(Assert.Single(answer).Variant));
    }

    private static async Task<Dictionary<string, int>> PartitionsBySiloAsync(Node node)
    {
        var grains = await node.Get<IGrainFactory>().GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        return grains.Where(grain => grain.GrainType.Contains("AssignmentGrain", StringComparison.Ordinal))
            .GroupBy(grain => grain.SiloAddress.ToString()).ToDictionary(group => group.Key, group => group.Count());
    }

    private static async Task<HttpStatusCode> VisitAsync(Node node, string? secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/dashboard/version");
        if (secret is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"me:{secret}")));
        }

        using var anonymous = new HttpClient { BaseAddress = node.Client.BaseAddress };
        using var answer = await anonymous.SendAsync(request);
        return answer.StatusCode;
    }
}
