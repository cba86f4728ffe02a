using Npgsql;
using Splitstream.Grains.Assignments;
using Splitstream.Grains.Catalog;
using Splitstream.Grains.Nodes;
using Splitstream.Silo.Options;
using Splitstream.Storage.Database;
using Splitstream.Storage.Nodes;

namespace Splitstream.Silo.Hosting;

/// <summary>
/// Hears of changes that any server makes, on a connection of its own, acknowledges them, and keeps the lease under which this process
/// trusts its memory. After every (re)connect it listens first, then drops what is remembered and reloads, then beats.
/// </summary>
public sealed class NodeListener(
    ServerOptions options,
    Announcer announcer,
    CacheLease lease,
    CatalogCache catalog,
    StickyCache sticky,
    NodeTelemetry telemetry,
    TimeProvider time,
    ILogger<NodeListener> log) : BackgroundService
{
    private static readonly TimeSpan BeatPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(2);

    private readonly NpgsqlDataSource _database = SplitstreamDatabase.OpenForNotifications(
        options.ListenConnectionString.Length > 0 ? options.ListenConnectionString : options.ConnectionString);

    /// <summary>Never counted anew, so that a beat which an old connection held back is not taken for one of the next.</summary>
    private long _beats;


    private string NodeId => announcer.NodeId;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await base.StopAsync(cancellationToken);
        }
        catch (AggregateException exception)
        {
            // Npgsql's cancellation throws when it meets a connection that has just broken; the listener has ended all the same.
            log.LogDebug(exception, "The notification connection broke while it was being ended.");
        }

        lease.End();
        try
        {
            // Under a patience of its own: requests in flight may have used up that of the host.
            using var patience = new CancellationTokenSource(LeavePatience, time);
            await using var connection = await _database.OpenConnectionAsync(patience.Token);
            await NodeRegister.LeaveAsync(connection, NodeId, patience.Token);
        }
        catch (Exception exception)
        {
            log.LogWarning(exception, "Could not say that this server leaves; the next change will wait for it once.");
        }

        await _database.DisposeAsync();
    }

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
                log.LogWarning("Not listening for changes, trying again: {Reason}", exception.Message);
                await Task.Delay(Retry, time, stoppingToken).ContinueWith(_ => { }, CancellationToken.None);
            }
            catch (Exception)
            {
                // The orderly end; what a cancelled command throws does not matter.
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellation);
        var heard = new Queue<NodeMessage?>();
        connection.Notification += (_, notification) =>
        {
            // A message of a newer server that this one cannot read makes it begin anew and read everything.
            heard.Enqueue(NodeMessage.TryParse(notification.Payload, out var message) ? message : null);
        };
        await connection.ExecuteAsync(
            $"LISTEN {NodeRegister.Changes}; LISTEN {NodeRegister.ChannelOf(NodeId)}", cancellation);
        await NodeRegister.EnterAsync(connection, NodeId, cancellation);

        // Only the entry must outlive a crash of the database; beats and acknowledgements may be lost with it.
        await connection.ExecuteAsync("SET synchronous_commit = off", cancellation);
        sticky.Clear();
        await catalog.RefreshAsync(cancellation);
        while (true)
        {
            var beat = ++_beats;
            var begun = time.GetTimestamp();
            if (!await NodeRegister.BeatAsync(connection, NodeId, NodeMessage.Beat(NodeId, beat), cancellation))
            {
                throw new InvalidOperationException("This server was silent for so long that it is no longer registered.");
            }

            await HandleAsync(connection, heard, beat, begun, cancellation);
            telemetry.Count(await NodeRegister.CountAsync(connection, Announcer.LeaseDuration * 2, cancellation));
            while (BeatPeriod - time.GetElapsedTime(begun) is var rest && rest > TimeSpan.Zero)
            {
                // Whole milliseconds, and never zero, which would mean for ever.
                await connection.WaitAsync((int)Math.Ceiling(rest.TotalMilliseconds), cancellation);
                await HandleAsync(connection, heard, beat, begun, cancellation);
            }
        }
    }

    /// <summary>
    /// Takes everything heard into account, in the order of commits, and only then acknowledges it; so a beat extends the lease when all
    /// that was committed before it has had its effect.
    /// </summary>
    private async Task HandleAsync(
        NpgsqlConnection connection, Queue<NodeMessage?> heard, long beat, long begun, CancellationToken cancellation)
    {
        while (heard.TryDequeue(out var next))
        {
            var message = next ?? throw new InvalidOperationException("Another server said what this one does not understand.");
            switch (message.Kind)
            {
                case NodeMessageKind.Beat:
                    if (message.Number == beat)
                    {
                        lease.Extend(begun);
                        telemetry.Beat(begun);
                    }

                    break;
                case NodeMessageKind.Acknowledgement:
                    announcer.Acknowledge(message.Number, message.NodeId);
                    break;
                case NodeMessageKind.Configuration:
                    await catalog.RefreshAsync(cancellation);
                    await NodeRegister.AcknowledgeAsync(connection, NodeId, message, cancellation);
                    break;
                case NodeMessageKind.Unit:
                    sticky.Invalidate(message.ExperimentId, UnitHash.Of(message.UnitId));
                    await NodeRegister.AcknowledgeAsync(connection, NodeId, message, cancellation);
                    break;
            }
        }
    }
}
