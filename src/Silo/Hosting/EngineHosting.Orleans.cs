using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;
using Splitstream.Silo.Cluster;
using Splitstream.Silo.Options;

namespace Splitstream.Silo.Hosting;

/// <summary>Puts Orleans under the grains: the processes over one database form a cluster, and each grain lives in one of its silos.</summary>
public static class EngineHosting
{
    /// <summary>Whether a grain may live in another process.</summary>
    public const bool IsCluster = true;

    private const string Invariant = "Npgsql";

    public static void AddEngine(this WebApplicationBuilder builder, ServerOptions options)
    {
        if (options.Cluster.Role == ClusterRole.Api)
        {
            builder.UseOrleansClient(client => ConfigureClient(client, options));
        }
        else
        {
            builder.UseOrleans(silo => ConfigureSilo(silo, options));
        }
    }

    /// <summary>Makes Orleans' tables and looks at who is there, before the engine starts.</summary>
    public static async Task PrepareEngineAsync(this WebApplication app, CancellationToken cancellation)
    {
        var database = app.Services.GetRequiredService<NpgsqlDataSource>();
        var settings = app.Services.GetRequiredService<ServerOptions>().Cluster;
        await ClusterSchema.ApplyAsync(database, cancellation);
        if (settings.Role == ClusterRole.Silo)
        {
            var address = AddressOf(settings.AdvertisedAddress);
            await ClusterNeighbours.CheckAsync(database, settings, address, cancellation);
            await ClusterNeighbours.WaitForTheGoneAsync(database, settings, address, Membership.Silence * 2, app.Logger, cancellation);
        }
    }

    /// <summary>The dashboard, for holders of an admin key.</summary>
    public static void MapEngine(this WebApplication app) => ClusterDashboard.Map(app);

    private static void ConfigureSilo(ISiloBuilder silo, ServerOptions options)
    {
        var cluster = options.Cluster;
        var address = AddressOf(cluster.AdvertisedAddress);
        var tables = ClusterSchema.ConnectionString(options.ConnectionString);
        silo.ConfigureEndpoints(
            address, cluster.SiloPort > 0 ? cluster.SiloPort : FreePort(address), cluster.GatewayPort > 0 ? cluster.GatewayPort : FreePort(address));
        silo.Configure<ClusterOptions>(o => Identify(o, cluster));
        silo.Configure<ClusterMembershipOptions>(o => Membership.Tighten(o, TimeSpan.FromSeconds(cluster.ProbeTimeoutSeconds)));
        silo.Configure<ExceptionSerializationOptions>(o => o.SupportedNamespacePrefixes.Add(nameof(Splitstream)));

        // Partitions of one experiment differ in their keys only: by their hash they are spread evenly, whatever the silos do beside.
        silo.Services.AddSingleton<PlacementStrategy, HashBasedPlacement>();
        silo.AddIncomingGrainCallFilter<StorageFaultFilter>();
        silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Invariant, tables));
        silo.UseAdoNetReminderService(o => (o.Invariant, o.ConnectionString) = (Invariant, tables));
        silo.AddAdoNetGrainStorageAsDefault(storage => storage.Configure<IServiceProvider>((o, services) =>
        {
            (o.Invariant, o.ConnectionString) = (Invariant, tables);
            o.GrainStorageSerializer = ActivatorUtilities.CreateInstance<SystemTextJsonGrainStorageSerializer>(services);
        }));
        if (cluster.Dashboard)
        {
            ClusterDashboard.Add(silo);
        }
    }

    private static void ConfigureClient(IClientBuilder client, ServerOptions options)
    {
        client.Configure<ClusterOptions>(o => Identify(o, options.Cluster));
        client.Configure<ExceptionSerializationOptions>(o => o.SupportedNamespacePrefixes.Add(nameof(Splitstream)));
        client.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = Membership.GatewayRefresh);
        client.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Invariant, ClusterSchema.ConnectionString(options.ConnectionString)));
        client.UseConnectionRetryFilter<SilosMayComeLater>();
        if (options.Cluster.Dashboard)
        {
            ClusterDashboard.Add(client);
        }
    }

    private static void Identify(ClusterOptions identity, ClusterSettings settings) =>
        (identity.ClusterId, identity.ServiceId) = (settings.ClusterId, settings.ServiceId);

    /// <exception cref="InvalidOperationException">The name cannot be resolved.</exception>
    private static IPAddress AddressOf(string nameOrAddress)
    {
        if (IPAddress.TryParse(nameOrAddress, out var address))
        {
            return address;
        }

        try
        {
            return Dns.GetHostAddresses(nameOrAddress).OrderBy(candidate => candidate.AddressFamily != AddressFamily.InterNetwork).First();
        }
        catch (SocketException exception)
        {
            throw new InvalidOperationException(
                $"Setting {ServerOptions.Section}:Cluster:AdvertisedAddress is '{nameOrAddress}', which is no address and cannot be resolved: {exception.Message}");
        }
    }

    /// <summary>
    /// A port below those that the system gives to outgoing connections, so that none of them takes it before the silo does.
    /// </summary>
    private static int FreePort(IPAddress address)
    {
        while (true)
        {
            try
            {
                using var probe = new TcpListener(address, RandomNumberGenerator.GetInt32(10_000, 32_000));
                probe.Start();
                return ((IPEndPoint)probe.LocalEndpoint).Port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Somebody listens there.
            }
        }
    }
}
