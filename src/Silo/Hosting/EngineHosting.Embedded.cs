using Splitstream.Engine.Embedded;
using Splitstream.Grains.Experiments;
using Splitstream.Silo.Options;

namespace Splitstream.Silo.Hosting;

/// <summary>Puts the embedded engine under the grains: every process has all of them.</summary>
public static class EngineHosting
{
    /// <summary>Whether a grain may live in another process.</summary>
    public const bool IsCluster = false;

    /// <exception cref="InvalidOperationException">The settings ask for what only the cluster engine has.</exception>
    public static void AddEngine(this WebApplicationBuilder builder, ServerOptions options)
    {
        ServerOptions.Require(
            options.Cluster.Role == ClusterRole.Silo,
            "Cluster:Role",
            options.Cluster.Role,
            "must be Silo in this build: without a cluster no process can leave the grains to others. Build with -p:Engine=Orleans");
        builder.Services.AddEmbeddedEngine(engine =>
        {
            engine.ConnectionString = options.ConnectionString;
            engine.GrainAssemblies.Add(typeof(ExperimentGrain).Assembly);
        });
    }

    /// <summary>The engine makes its own tables when it starts.</summary>
    public static Task PrepareEngineAsync(this WebApplication app, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>There is nothing to see beside what <c>/metrics</c> says.</summary>
    public static void MapEngine(this WebApplication app)
    {
    }
}
