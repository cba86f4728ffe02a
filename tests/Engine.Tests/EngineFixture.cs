using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Splitstream.Testing;
#if ORLEANS
using Npgsql;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Reminders;
using Orleans.TestingHost;
using Splitstream.Silo.Cluster;
#else
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Splitstream.Engine.Embedded;
#endif

namespace Splitstream.Engine.Tests;

/// <summary>A running engine with the grains of this assembly: the one place that knows which engine it is.</summary>
public sealed class EngineFixture : IAsyncLifetime, IAsyncDisposable
{
    private readonly EngineSettings _settings;
    private string? _connectionString;

    public EngineFixture()
        : this(new EngineSettings())
    {
    }

    private EngineFixture(EngineSettings settings) => _settings = settings;

    /// <summary>The clock that grains see when the settings ask for manual time; it goes on over restarts.</summary>
    public ManualTime Time { get; } = new();

    /// <summary>The clock by which activations age, and which grains see, when the settings ask for aging.</summary>
#if ORLEANS
    public TimeProvider AgingTime => TimeProvider.System;
#else
    public TimeProvider AgingTime => Time;
#endif

    public static async Task<EngineFixture> StartAsync(EngineSettings settings)
    {
        var fixture = new EngineFixture(settings);
        await fixture.InitializeAsync();
        return fixture;
    }

    public async Task InitializeAsync()
    {
        if (_settings.Storage) _connectionString = await PostgresServer.Shared.CreateDatabaseAsync();
        await StartAsync();
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    Task IAsyncLifetime.DisposeAsync() => StopAsync();

    public async ValueTask DisposeAsync() => await StopAsync();

#if ORLEANS
    /// <summary>An activation that has been idle for less than this is never collected when the settings ask for aging.</summary>
    /// <remarks>Orleans collects in real time only. Short, yet far longer than an undisturbed call takes.</remarks>
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(1);

    // Orleans measures idleness to within some milliseconds.
    private static readonly TimeSpan AgeAccuracy = TimeSpan.FromMilliseconds(50);

    private readonly string _serviceId = Guid.NewGuid().ToString("N");
    private InProcessTestCluster? _cluster;

    public IGrainFactory Grains => _cluster!.Client;

    /// <summary>Lets time go on until the task is complete.</summary>
    public Task AgeUntilAsync(Task done) => done;

    /// <summary>Lets at least so much time pass.</summary>
    public Task AgeAsync(TimeSpan by) => Task.Delay(by);

    public async Task StopAsync()
    {
        if (_cluster is null) return;

        // The client outlives the silo, so that it hears the answers to what still runs.
        await _cluster.StopSilosAsync();
        await _cluster.DisposeAsync();
        _cluster = null;
    }

    private async Task StartAsync()
    {
        if (_connectionString is not null)
        {
            await using var database = NpgsqlDataSource.Create(_connectionString);
            await ClusterSchema.ApplyAsync(database, CancellationToken.None);
        }

        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ServiceId = _serviceId;
        builder.ConfigureClient(client => client.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = _settings.ResponseTimeout));
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddScoped<ScopedService>();
            silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = _settings.ResponseTimeout);
            silo.Configure<ReminderOptions>(o => o.MinimumReminderPeriod = _settings.MinimumReminderPeriod);
            if (_settings.Aging)
                silo.Configure<GrainCollectionOptions>(o => (o.CollectionAge, o.CollectionQuantum) = (Age + AgeAccuracy, Age / 4));
            if (_settings.ManualTime)
            {
                // Messaging and membership stay in real time, or the cluster would hold its breath.
                silo.Services.AddSingleton<TimeProvider>(Time);
                silo.Services.UseTimeProviderForBackgroundAreas(TimeProvider.System);
                silo.Services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, Time);
            }

            if (_connectionString is null) return;
            var tables = ClusterSchema.ConnectionString(_connectionString);
            silo.AddAdoNetGrainStorageAsDefault(o => (o.Invariant, o.ConnectionString) = ("Npgsql", tables));
            silo.UseAdoNetReminderService(o => (o.Invariant, o.ConnectionString) = ("Npgsql", tables));
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }
#else
    /// <summary>An activation that has been idle for less than this is never collected when the settings ask for aging.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromMinutes(10);

    private IHost? _host;

    public IGrainFactory Grains => _host!.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Lets time go on until the task is complete.</summary>
    public Task AgeUntilAsync(Task done) => Time.AdvanceUntilAsync(done, Age / 20);

    /// <summary>Lets at least so much time pass.</summary>
    public Task AgeAsync(TimeSpan by)
    {
        Time.Advance(by);
        return Task.CompletedTask;
    }

    public async Task StopAsync()
    {
        if (_host is null) return;
        await _host.StopAsync();
        _host.Dispose();
        _host = null;
    }

    private async Task StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        builder.Services.AddScoped<ScopedService>();
        var manualTime = _settings.ManualTime || _settings.Aging;
        if (manualTime) builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddEmbeddedEngine(options =>
        {
            options.GrainAssemblies.Add(typeof(EngineFixture).Assembly);
            options.ConnectionString = _connectionString;

            // Where the test moves the clock, it moves on while calls wait.
            options.ResponseTimeout = manualTime ? TimeSpan.FromDays(1000) : _settings.ResponseTimeout;
            if (_settings.Aging) options.CollectionAge = Age;
            options.MinimumReminderPeriod = _settings.MinimumReminderPeriod;
        });
        _host = builder.Build();
        await _host.StartAsync();
    }
#endif
}
