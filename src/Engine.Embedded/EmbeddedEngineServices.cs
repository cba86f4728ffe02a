using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans;

namespace Splitstream.Engine.Embedded;

public static class EmbeddedEngineServices
{
    /// <summary>
    /// Adds the engine: <see cref="IGrainFactory"/> for callers, and a hosted service that starts reminders with the host and deactivates
    /// every grain when it stops. Takes the time from the registered <see cref="TimeProvider"/>, else from the system.
    /// </summary>
    public static IServiceCollection AddEmbeddedEngine(this IServiceCollection services, Action<EmbeddedEngineOptions> configure)
    {
        var options = new EmbeddedEngineOptions();
        configure(options);
        options.Validate();
        services.TryAddSingleton(TimeProvider.System);
        services.AddLogging();
        services.AddSingleton(options);
        services.AddSingleton<EngineStore>();
        services.AddSingleton<EmbeddedEngine>();
        services.AddSingleton<ReminderService>();
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<EmbeddedEngine>());
        services.AddSingleton<IHostedService, EngineHost>();
        return services;
    }
}
