using Npgsql;
using Splitstream.Bucketing;
using Splitstream.Grains.Assignments;
using Splitstream.Grains.Catalog;
using Splitstream.Storage.Database;
using Splitstream.Storage.Units;

namespace Splitstream.Silo.Hosting;

/// <summary>
/// Hears of changes that other servers make, on a connection of its own. After every (re)connect it listens first, then drops what is
/// cached and reloads, so that nothing announced in between is missed.
/// </summary>
public sealed class ConfigurationListener(
    NpgsqlDataSource database, CatalogCache catalog, StickyCache sticky, TimeProvider time, ILogger<ConfigurationListener> log)
    : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning(exception, "Not listening for changes of configuration; trying again.");
                await Task.Delay(Retry, time, stoppingToken).ContinueWith(_ => { }, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var reload = false;
        connection.Notification += (_, notification) =>
        {
            if (notification.Channel == UnitRows.RebucketChannel)
            {
                Forget(notification.Payload);
            }
            else
            {
                reload = true;
            }
        };
        await connection.ExecuteAsync(
            $"LISTEN {ConfigurationChange.Channel}; LISTEN {UnitRows.RebucketChannel}", cancellation);
        sticky.Clear();
        await catalog.RefreshAsync(cancellation);
        while (true)
        {
            await connection.WaitAsync(cancellation);
            if (reload)
            {
                reload = false;
                await catalog.RefreshAsync(cancellation);
            }
        }
    }

    private void Forget(string payload)
    {
        var space = payload.IndexOf(' ', StringComparison.Ordinal);
        if (space > 0 && long.TryParse(payload.AsSpan(0, space), out var experiment)
            && UnitId.TryCreate(payload[(space + 1)..], out var unit, out _))
        {
            sticky.Invalidate(experiment, UnitHash.Of(unit));
        }
    }
}
