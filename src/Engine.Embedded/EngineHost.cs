using Microsoft.Extensions.Hosting;

namespace Splitstream.Engine.Embedded;

/// <summary>Starts the engine with the host, store first, and ends it in the opposite order.</summary>
internal sealed class EngineHost(EngineStore store, EmbeddedEngine engine, ReminderService reminders) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await store.PrepareAsync(cancellationToken);
        engine.Start();
        await reminders.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        reminders.Stop();
        await engine.StopAsync(cancellationToken);
    }
}
