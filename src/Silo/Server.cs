using Splitstream.Silo.Hosting;
using Splitstream.Silo.Options;

namespace Splitstream.Silo;

/// <summary>The server as a whole: engine, storage and API in one process.</summary>
public static class Server
{
    /// <summary>Builds the server, brings its database up to date and loads its configuration. The caller starts and ends it.</summary>
    public static async Task<WebApplication> CreateAsync(ServerOptions options, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(options.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        builder.AddEngine(options);
        builder.Services.AddSplitstream(options);
        var app = builder.Build();
        await SplitstreamServices.PrepareAsync(app.Services, cancellation);
        return app;
    }
}
