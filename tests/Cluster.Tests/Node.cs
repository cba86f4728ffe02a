using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.MutexGroups;
using Splitstream.Silo;
using Splitstream.Silo.Options;
using Splitstream.Testing;

namespace Splitstream.Cluster.Tests;

/// <summary>One whole server in this process over a database of its own or a shared one.</summary>
public sealed class Node : IAsyncDisposable
{
    public static readonly Actor Tester = new("tester");

    private const string KeysFile = "keys.json";

    /// <summary>Servers over one database share its first keys, as those of one installation do.</summary>
    private static readonly ConcurrentDictionary<string, string> KeysByDatabase = new();

    private readonly WebApplication _app;
    private readonly string _folder;

    private Node(WebApplication app, string connectionString, string folder)
    {
        _app = app;
        _folder = folder;
        ConnectionString = connectionString;
        var keys = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, KeysFile))).RootElement;
        Client = JsonApi.Client(app.Urls.Single(), keys.GetProperty("admin").GetString()!);
    }

    /// <summary>Speaks to the node over HTTP with the admin key.</summary>
    public HttpClient Client { get; }

    public string ConnectionString { get; }

    public NpgsqlDataSource Database => Get<NpgsqlDataSource>();

    /// <param name="connectionString">A database that others use too; null for one of its own.</param>
    /// <param name="listenThrough">Connection string for the notifications only, to disturb them; null for the same path.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="configure">Changes the settings; null leaves them.</param>
    public static async Task<Node> StartAsync(
        string? connectionString = null,
        string? listenThrough = null,
        TimeProvider? time = null,
        Func<ServerOptions, ServerOptions>? configure = null)
    {
        connectionString ??= await PostgresServer.Shared.CreateDatabaseAsync();
        var folder = Directory.CreateTempSubdirectory("splitstream-node-").FullName;
        var keysFile = Path.Combine(folder, KeysFile);
        if (KeysByDatabase.TryGetValue(connectionString, out var known))
        {
            await File.WriteAllTextAsync(keysFile, known);
        }

        var options = new ServerOptions
        {
            ConnectionString = connectionString,
            ListenConnectionString = listenThrough ?? "",
            Urls = "http://127.0.0.1:0",
            KeysFile = keysFile,
            Cluster = new ClusterSettings { SiloPort = 0, GatewayPort = 0 },
        };
        var app = await Server.CreateAsync((configure?.Invoke(options) ?? options).Validate(), CancellationToken.None, time);
        KeysByDatabase[connectionString] = await File.ReadAllTextAsync(keysFile);
        await app.StartAsync();
        return new Node(app, connectionString, folder);
    }

    public T Get<T>()
        where T : notnull =>
        _app.Services.GetRequiredService<T>();

    public IExperimentGrain Experiment(string key) => Get<IGrainFactory>().GetGrain<IExperimentGrain>(key);

    /// <summary>Creates and starts an experiment.</summary>
    public async Task<ExperimentState> RunAsync(ExperimentDefinition definition)
    {
        var created = await Experiment(definition.Key).CreateAsync(definition, Tester);
        Assert.True(created.IsOk, created.Problem?.Detail);
        var started = await Experiment(definition.Key).TransitionAsync(LifecycleAction.Start, null, null, Tester);
        Assert.True(started.IsOk, started.Problem?.Detail);
        return started.Value!;
    }

    public async Task CreateGroupAsync(string key, params (string Experiment, double Share)[] shares)
    {
        var created = await Get<IMutexGroupStore>().CreateAsync(
            key, key, shares.ToImmutableSortedDictionary(s => s.Experiment, s => s.Share), Tester, CancellationToken.None);
        Assert.True(created.IsOk);
    }

    public async Task<ImmutableArray<UnitAssignment>> AssignAsync(string unit, params string[] experiments)
    {
        Assert.True(UnitId.TryCreate(unit, out var id, out _));
        return await Get<IAssigner>().AssignAsync(id, experiments, AttributeSet.Empty, false, CancellationToken.None);
    }

    public static ExperimentDefinition Definition(string key, string? group = null, params double[] weights)
    {
        double[] shares = weights.Length == 0 ? [1, 1] : weights;
        return new ExperimentDefinition(
            key,
            key,
            "This test shows what it is meant to show.",
            "user",
            [.. shares.Select((weight, i) => new Variant(i == 0 ? "control" : $"treatment-{i}", weight, i == 0, null))],
            1,
            null,
            group,
            ImmutableSortedDictionary<string, string>.Empty,
            null,
            [],
            [],
            AssignmentMode.Server,
            DecisionRule.Default);
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = Database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Sends JSON and reads JSON; fails with the answer's text on another status than the expected one.</summary>
    public Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null, int status = 200, string? ifMatch = null) =>
        new JsonApi(Client).SendAsync(method, path, body, status, ifMatch);

    public Task<JsonElement> PostAsync(string path, object? body = null, int status = 200) => SendAsync(HttpMethod.Post, path, body, status);

    public Task<JsonElement> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    /// <summary>Tells the server to end, as a signal does; a cancelled token takes its patience away.</summary>
    public Task StopAsync(CancellationToken impatience) => _app.StopAsync(impatience);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
