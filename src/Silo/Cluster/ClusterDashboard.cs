using Orleans.Dashboard;
using Orleans.Hosting;
using Splitstream.Api.Auth;
using Splitstream.Silo.Options;

namespace Splitstream.Silo.Cluster;

/// <summary>Orleans' own view of silos and grains, at <c>/dashboard</c>, for administrators.</summary>
internal static class ClusterDashboard
{
    private const string Path = "/dashboard";

    public static void Add(ISiloBuilder silo) => silo.AddDashboard();

    public static void Add(IClientBuilder client) => client.AddDashboard();

    public static void Map(WebApplication app)
    {
        if (!app.Services.GetRequiredService<ServerOptions>().Cluster.Dashboard)
        {
            return;
        }

        var admin = app.Services.GetRequiredService<AdminInBrowser>();
        app.MapOrleansDashboard(Path)
            .AddEndpointFilter(async (context, next) => await admin.AdmitAsync(context.HttpContext) ? await next(context) : Results.Empty)
            .ExcludeFromDescription();
    }
}
