using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Splitstream.Testing;
#if ORLEANS
using Npgsql;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Reminders;
using Orleans.Runtime;
using Orleans.TestingHost;
#else
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
    private readonly string serviceId = Guid.NewGuid().ToString("N");
    private InProcessTestCluster? cluster;

    public IGrainFactory Grains => cluster!.Client;

    public async Task StopAsync()
    {
        if (cluster is null) return;
        await cluster.StopAllSilosAsync();
        await cluster.DisposeAsync();
        cluster = null;
    }

    private async Task StartAsync()
    {
        if (connectionString is not null) await ApplyOrleansSchemaAsync();
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ServiceId = serviceId;
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureClient(client => client.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = settings.ResponseTimeout));
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddScoped<ScopedService>();
            silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = settings.ResponseTimeout);
            silo.Configure<ReminderOptions>(o => o.MinimumReminderPeriod = settings.MinimumReminderPeriod);
            silo.Configure<GrainCollectionOptions>(o =>
            {
                o.CollectionAge = settings.CollectionAge;
                o.CollectionQuantum = settings.CollectionAge / 2;
            });
            if (settings.ManualTime)
            {
                // Messaging and membership stay in real time, or the cluster would hold its breath.
                silo.Services.AddSingleton<TimeProvider>(Time);
                silo.Services.UseTimeProviderForBackgroundAreas(TimeProvider.System);
                silo.Services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.ActivationManagement, Time);
                silo.Services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, Time);
            }

            if (connectionString is null) return;
            silo.AddAdoNetGrainStorageAsDefault(o =>
            {
                o.Invariant = "Npgsql";
                o.ConnectionString = connectionString;
            });
            silo.UseAdoNetReminderService(o =>
            {
                o.Invariant = "Npgsql";
                o.ConnectionString = connectionString;
            });
        });
        cluster = builder.Build();
        await cluster.DeployAsync();
    }

    /// <summary>Orleans' tables come with the deployment, not with its packages.</summary>
    private async Task ApplyOrleansSchemaAsync()
    {
        const string script = "deploy/orleans/postgresql.sql";
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, script))) root = root.Parent;
        if (root is null) throw new FileNotFoundException($"{script}, the schema of Orleans' tables, is not in any folder above the tests.");
        await using var source = NpgsqlDataSource.Create(connectionString!);
        await using var command = source.CreateCommand(await File.ReadAllTextAsync(Path.Combine(root.FullName, script)));
        await command.ExecuteNonQueryAsync();
    }
#else
    private IHost? _host;

    public IGrainFactory Grains => _host!.Services.GetRequiredService<IGrainFactory>();

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
        if (_settings.ManualTime) builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddEmbeddedEngine(options =>
        {
            options.GrainAssemblies.Add(typeof(EngineFixture).Assembly);
            options.ConnectionString = _connectionString;

            // Where the test moves the clock, it moves on while calls wait.
            options.ResponseTimeout = _settings.ManualTime ? TimeSpan.FromDays(1000) : _settings.ResponseTimeout;
            options.CollectionAge = _settings.CollectionAge;
            options.MinimumReminderPeriod = _settings.MinimumReminderPeriod;
        });
        _host = builder.Build();
        await _host.StartAsync();
    }
#endif
}
