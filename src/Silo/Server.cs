using Microsoft.AspNetCore.HttpOverrides;
using Splitstream.Api;
using Splitstream.Grains.Interfaces;
using Splitstream.Silo.Hosting;
using Splitstream.Silo.Options;

namespace Splitstream.Silo;

/// <summary>The server as a whole: engine, storage and API in one process.</summary>
public static class Server
{
    /// <summary>Headers that take longer belong to nobody honest.</summary>
    private static readonly TimeSpan SlowClient = TimeSpan.FromSeconds(15);

    /// <summary>Builds the server, brings its database up to date and loads its configuration. The caller starts and ends it.</summary>
    /// <param name="time">The clock; null for the system's.</param>
    public static async Task<WebApplication> CreateAsync(ServerOptions options, CancellationToken cancellation, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(options.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Limits.RequestBytes;
            kestrel.Limits.RequestHeadersTimeout = SlowClient;
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Orleans", LogLevel.Warning);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.DrainSeconds + options.ShutdownSeconds));
        builder.Services.Configure<ForwardedHeadersOptions>(headers =>
        {
            headers.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            headers.ForwardLimit = null;
            headers.KnownProxies.Clear();
            headers.KnownIPNetworks.Clear();
            foreach (var network in options.TrustedNetworks())
            {
                headers.KnownIPNetworks.Add(network!.Value);
            }
        });
        builder.AddEngine(options);
        builder.Services.AddSplitstream(options, time ?? TimeProvider.System);
        builder.Services.AddSplitstreamApi();
        var app = builder.Build();
        await SplitstreamServices.PrepareAsync(app.Services, cancellation);
        await app.PrepareEngineAsync(cancellation);
        if (options.TrustedProxies.Length > 0)
        {
            app.UseForwardedHeaders();
        }

        app.UseRouting();
        app.MapEngine();
        app.MapSplitstreamApi();
        return app;
    }
}
