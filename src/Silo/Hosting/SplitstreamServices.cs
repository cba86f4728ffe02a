using Npgsql;
using Splitstream.Api.Health;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Assignments;
using Splitstream.Grains.Catalog;
using Splitstream.Grains.Certificates;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Audit;
using Splitstream.Grains.Interfaces.Catalog;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Events;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Grains.Interfaces.MutexGroups;
using Splitstream.Grains.Interfaces.Units;
using Splitstream.Grains.Nodes;
using Splitstream.Grains.Units;
using Splitstream.Silo.Options;
using Splitstream.Storage.Analysis;
using Splitstream.Storage.ApiKeys;
using Splitstream.Storage.Assignments;
using Splitstream.Storage.Audit;
using Splitstream.Storage.Catalog;
using Splitstream.Storage.Certificates;
using Splitstream.Storage.Database;
using Splitstream.Storage.Events;
using Splitstream.Storage.Experiments;
using Splitstream.Storage.Metrics;
using Splitstream.Storage.MutexGroups;
using Splitstream.Storage.Nodes;
using Splitstream.Storage.Units;

namespace Splitstream.Silo.Hosting;

/// <summary>Who implements what. The one place that knows all parts.</summary>
public static class SplitstreamServices
{
    private const string ManagementDatabase = "management";

    public static IServiceCollection AddSplitstream(this IServiceCollection services, ServerOptions options, TimeProvider time)
    {
        services.AddSingleton(options);
        services.AddSingleton(time);
        services.AddSingleton(_ => SplitstreamDatabase.Open(options.ConnectionString));
        services.AddKeyedSingleton(
            ManagementDatabase,
            (provider, _) => options.ManagementConnectionString.Length > 0
                ? SplitstreamDatabase.OpenForManagement(options.ManagementConnectionString)
                : provider.GetRequiredService<NpgsqlDataSource>());
        AddConfiguration(services);
        AddAssignment(services, options);
        AddIngest(services, options);
        AddAnalysis(services);
        services.AddSingleton<FirstKeys>();
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.AddSingleton<IReadiness, Readiness>();
        services.AddSingleton<IFaults, InfrastructureFaults>();
        services.AddSingleton<NodeTelemetry>();
        services.AddHostedService<NodeListener>();
        services.AddHostedService<Housekeeping>();
        return services;
    }

    /// <summary>Brings the database to this program's schema and loads what requests need; before the first request.</summary>
    public static async Task PrepareAsync(IServiceProvider services, CancellationToken cancellation)
    {
        await Migrator.ApplyAsync(services.GetRequiredService<NpgsqlDataSource>(), cancellation);
        var catalog = services.GetRequiredService<CatalogCache>();
        await catalog.RefreshAsync(cancellation);
        await services.GetRequiredService<FirstKeys>().EnsureAsync(
            services.GetRequiredService<ServerOptions>().KeysFile, () => catalog.RefreshAsync(cancellation), cancellation);
    }

    private static void AddConfiguration(IServiceCollection services)
    {
        services.AddSingleton(OnManagementDatabase<ExperimentStore>);
        services.AddSingleton<IExperimentReader>(provider => provider.GetRequiredService<ExperimentStore>());
        services.AddSingleton<IMetricStore>(OnManagementDatabase<MetricStore>);
        services.AddSingleton<IMutexGroupStore>(OnManagementDatabase<MutexGroupStore>);
        services.AddSingleton(OnManagementDatabase<ApiKeyStore>);
        services.AddSingleton<IApiKeyStore>(provider => provider.GetRequiredService<ApiKeyStore>());
        services.AddSingleton<ApiKeyRing>();
        services.AddSingleton<IApiKeyRing>(provider => provider.GetRequiredService<ApiKeyRing>());
        services.AddSingleton<IAuditLog>(OnManagementDatabase<AuditLog>);
        services.AddSingleton<CatalogReader>();
        services.AddSingleton<CatalogCache>();
        services.AddSingleton<Announcer>();
        services.AddSingleton(OnManagementDatabase<ConfigurationChange>);
        services.AddSingleton(provider => new CacheLease(
            provider.GetRequiredService<TimeProvider>(),
            TimeSpan.FromMinutes(provider.GetRequiredService<ServerOptions>().MaxDisconnectedMinutes)));
        services.AddSingleton<IFreshness, Freshness>();
    }

    private static void AddAssignment(IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton<IClaimWriter, ClaimWriter>();
        services.AddSingleton(new ClaimPlacement(TimeSpan.FromSeconds(options.Cluster.PartitionTenureSeconds), EngineHosting.IsCluster));
        services.AddSingleton<UnitRows>();
        services.AddSingleton<MutexClaims>();
        services.AddSingleton(_ => new StickyCache(options.StickyCacheEntries));
        services.AddSingleton<ClaimRoute>();
        services.AddSingleton<IAssigner, Assigner>();
        services.AddSingleton<IUnitDirectory, UnitDirectory>();
    }

    private static void AddIngest(IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton(provider => new PartitionKeeper(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<TimeProvider>(),
            options.RawRetentionDays == 0 ? null : options.RawRetentionDays));
        services.AddSingleton<IEventBuffer, PostgresEventBuffer>();
        services.AddSingleton<IIngestLedger>(OnManagementDatabase<IngestLedger>);
        services.AddSingleton<Aggregator>();
        services.AddSingleton<IMetricSums, MetricSums>();
    }

    private static void AddAnalysis(IServiceCollection services)
    {
        services.AddSingleton(OnManagementDatabase<SnapshotRows>);
        services.AddSingleton(OnManagementDatabase<CertificateRows>);
        services.AddSingleton(OnManagementDatabase<HistoryReader>);
        services.AddSingleton<CertificateBook>();
        services.AddSingleton<ICertificates>(provider => provider.GetRequiredService<CertificateBook>());
        services.AddHostedService<CertificateWorker>();
        services.AddSingleton<IPowerPlanner, PowerPlanner>();
        services.AddSingleton<SnapshotTaker>();
        services.AddSingleton<SnapshotVerifier>();
        services.AddSingleton<ISnapshotStore, SnapshotStore>();
        services.AddSingleton<IUnitExport>(OnManagementDatabase<UnitExport>);
    }

    private static T OnManagementDatabase<T>(IServiceProvider provider) =>
        ActivatorUtilities.CreateInstance<T>(provider, provider.GetRequiredKeyedService<NpgsqlDataSource>(ManagementDatabase));
}
