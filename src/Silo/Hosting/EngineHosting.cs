#if ORLEANS
using Orleans.Configuration;
using Orleans.Hosting;
#else
using Splitstream.Engine.Embedded;
#endif
using Splitstream.Grains.Experiments;
using Splitstream.Silo.Options;

namespace Splitstream.Silo.Hosting;

/// <summary>Puts the chosen engine under the grains.</summary>
public static class EngineHosting
{
#if ORLEANS
    private const string Invariant = "Npgsql";

    public static void AddEngine(this WebApplicationBuilder builder, ServerOptions options) =>
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("splitstream", "splitstream"))
            .UseAdoNetClustering(store => (store.Invariant, store.ConnectionString) = (Invariant, options.ConnectionString))
            .AddAdoNetGrainStorage("splitstream", store => (store.Invariant, store.ConnectionString) = (Invariant, options.ConnectionString))
            .UseAdoNetReminderService(store => (store.Invariant, store.ConnectionString) = (Invariant, options.ConnectionString)));
#else
    public static void AddEngine(this WebApplicationBuilder builder, ServerOptions options) =>
        builder.Services.AddEmbeddedEngine(engine =>
        {
            engine.ConnectionString = options.ConnectionString;
            engine.GrainAssemblies.Add(typeof(ExperimentGrain).Assembly);
        });
#endif
}
