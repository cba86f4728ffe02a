using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Orleans;
using Splitstream.Engine.Embedded;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Catalog;
using Splitstream.Grains.Certificates;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Grains.Interfaces.MutexGroups;
using Splitstream.Storage.Analysis;
using Splitstream.Storage.ApiKeys;
using Splitstream.Storage.Catalog;
using Splitstream.Storage.Certificates;
using Splitstream.Storage.Database;
using Splitstream.Storage.Events;
using Splitstream.Storage.Experiments;
using Splitstream.Storage.Metrics;
using Splitstream.Storage.MutexGroups;
using Splitstream.Storage.Nodes;
using Splitstream.Testing;

namespace Splitstream.Database.Tests.Analysis;

/// <summary>The grains of one server over a database of its own, with a clock and sums that the test moves.</summary>
internal sealed class AnalysisWorld : IAsyncDisposable
{
    public const string Key = "checkout";

    public static readonly Actor Tester = new("tester");
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyList<IHostedService> _hosted;
    private readonly ServiceProvider _services;

    private AnalysisWorld(ServiceProvider services, TickingClock clock, GivenSums sums)
    {
        _services = services;
        Clock = clock;
        Sums = sums;
        _hosted = [.. services.GetServices<IHostedService>()];
    }

    public TickingClock Clock { get; }

    public GivenSums Sums { get; }

    public NpgsqlDataSource Database => Get<NpgsqlDataSource>();

    public SnapshotRows Rows => Get<SnapshotRows>();

    public ISnapshotStore Snapshots => Get<ISnapshotStore>();

    public IExperimentGrain Experiment => Get<IGrainFactory>().GetGrain<IExperimentGrain>(Key);

    public IAnalysisGrain Analysis => Get<IGrainFactory>().GetGrain<IAnalysisGrain>(Key);

    /// <summary>A started experiment with a primary metric <c>signup</c> and a guardrail <c>errors</c>.</summary>
    /// <param name="fromEvents">True for sums that are really aggregated from events, instead of those that the test states.</param>
    public static async Task<AnalysisWorld> StartAsync(AssignmentMode mode = AssignmentMode.Server, bool fromEvents = false)
    {
        var connectionString = await PostgresServer.Shared.CreateDatabaseAsync();
        var clock = new TickingClock(Start);
        var sums = new GivenSums();
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(clock);
        services.AddSingleton(_ => SplitstreamDatabase.Open(connectionString));
        services.AddSingleton<Announcer>();
        services.AddSingleton<ConfigurationChange>();
        services.AddSingleton<Aggregator>();
        services.AddSingleton<MetricSums>();
        services.AddSingleton<PartitionKeeper>(provider => new PartitionKeeper(provider.GetRequiredService<NpgsqlDataSource>(), clock));
        services.AddSingleton<PostgresEventBuffer>(provider => new PostgresEventBuffer(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<PartitionKeeper>()));
        services.AddSingleton<IMetricSums>(provider => fromEvents ? provider.GetRequiredService<MetricSums>() : sums);
        services.AddSingleton<ExperimentStore>();
        services.AddSingleton<IMetricStore, MetricStore>();
        services.AddSingleton<IMutexGroupStore, MutexGroupStore>();
        services.AddSingleton<ApiKeyStore>();
        services.AddSingleton<ApiKeyRing>();
        services.AddSingleton<CatalogReader>();
        services.AddSingleton<CatalogCache>();
        services.AddSingleton<SnapshotRows>();
        services.AddLogging();
        services.AddSingleton<CertificateRows>();
        services.AddSingleton<HistoryReader>();
        services.AddSingleton<CertificateBook>();
        services.AddSingleton<SnapshotTaker>();
        services.AddSingleton<SnapshotVerifier>();
        services.AddSingleton<ISnapshotStore, SnapshotStore>();
        services.AddEmbeddedEngine(options =>
        {
            options.ConnectionString = connectionString;
            options.GrainAssemblies.Add(typeof(AnalysisGrain).Assembly);
        });
        var world = new AnalysisWorld(services.BuildServiceProvider(), clock, sums);
        await Migrator.ApplyAsync(world.Database, CancellationToken.None);

        foreach (var service in world._hosted)
        {
            await service.StartAsync(CancellationToken.None);
        }

        await world.CreateAsync(mode);
        return world;
    }

    public T Get<T>()
        where T : notnull =>
        _services.GetRequiredService<T>();

    public async Task MoveAsync(LifecycleAction action, string? winner = null)
    {
        var moved = await Experiment.TransitionAsync(action, null, winner, Tester);
        Assert.True(moved.IsOk, moved.Problem?.Detail);
    }

    public async Task<ExperimentState> StateAsync() => (await Get<ExperimentStore>().FindAsync(Key, CancellationToken.None))!;

    public async Task<LookRow?> LastLookAsync() => await Rows.LastLookAsync((await StateAsync()).Id, CancellationToken.None);

    /// <summary>Moves the clock and waits until the look of that number is committed.</summary>
    public async Task<LookRow> LookAfterAsync(TimeSpan time, int number)
    {
        Clock.Advance(time);
        await UntilAsync(async () => (await LastLookAsync())?.LookNumber == number, $"look {number}");
        return (await LastLookAsync())!;
    }

    /// <summary>Waits for something that a reminder does in its own time.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await holds())
        {
            Assert.False(patience.IsCancellationRequested, $"Waited in vain for {what}.");
            await Task.Delay(5);
        }
    }

    public async Task<JsonElement> BodyAsync(string snapshotId) =>
        JsonDocument.Parse((await Snapshots.GetAsync(snapshotId, CancellationToken.None))!.Body).RootElement;

    public async Task<long> CountAsync(string table)
    {
        await using var command = Database.CreateCommand($"SELECT count(*) FROM {table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _hosted.Reverse())
        {
            await service.StopAsync(CancellationToken.None);
        }

        await _services.DisposeAsync();
    }

    private async Task CreateAsync(AssignmentMode mode)
    {
        var metrics = Get<IMetricStore>();
        var signup = new MetricDefinition("signup", "Sign-ups", MetricType.Conversion, "signup", null, 24, MetricDirection.Increase, null, null, 14);
        var errors = signup with { Key = "errors", Direction = MetricDirection.Decrease, Margin = new MetricBound(0.005, false) };
        Assert.True((await metrics.CreateAsync(signup, Tester, CancellationToken.None)).IsOk);
        Assert.True((await metrics.CreateAsync(errors, Tester, CancellationToken.None)).IsOk);
        var created = await Experiment.CreateAsync(
            new ExperimentDefinition(
                Key, Key, "A shorter form brings more sign-ups.", "user",
                [new Variant("control", 1, true, null), new Variant("treatment", 1, false, null)],
                1, null, null, ImmutableSortedDictionary<string, string>.Empty, "signup", [], ["errors"], mode,
                DecisionRule.Default with { MinDays = 0 }),
            Tester);
        Assert.True(created.IsOk, created.Problem?.Detail);
        await MoveAsync(LifecycleAction.Start);
    }
}
