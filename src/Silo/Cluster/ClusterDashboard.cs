using System.Text;
using Orleans.Dashboard;
using Orleans.Hosting;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Silo.Options;

namespace Splitstream.Silo.Cluster;

/// <summary>
/// Orleans' own view of silos and grains, at <c>/dashboard</c>. A browser asks for a user and a password: any user, and the secret of an
/// admin key.
/// </summary>
internal static class ClusterDashboard
{
    private const string Path = "/dashboard";
    private const string Scheme = "Basic ";

    public static void Add(ISiloBuilder silo) => silo.AddDashboard();

    public static void Add(IClientBuilder client) => client.AddDashboard();

    public static void Map(WebApplication app)
    {
        if (!app.Services.GetRequiredService<ServerOptions>().Cluster.Dashboard)
        {
            return;
        }

        var ring = app.Services.GetRequiredService<IApiKeyRing>();
        app.MapOrleansDashboard(Path).AddEndpointFilter(async (context, next) =>
        {
            if (IsAdmin(context.HttpContext.Request.Headers.Authorization, ring))
            {
                return await next(context);
            }

            context.HttpContext.Response.Headers.WWWAuthenticate = "Basic realm=\"Splitstream: the secret of an admin key as password\"";
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        }).ExcludeFromDescription();
    }

    private static bool IsAdmin(string? authorization, IApiKeyRing ring)
    {
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        Span<byte> credentials = stackalloc byte[512];
        if (!Convert.TryFromBase64String(authorization[Scheme.Length..].Trim(), credentials, out var length))
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(credentials[..length]);
        return text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon
            && ring.Find(text.AsSpan(colon + 1)) is { } key && key.Scopes.HasFlag(ApiScopes.Admin);
    }
}
