using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Splitstream.Storage.Database;
using Splitstream.Silo.Options;

namespace Splitstream.Silo.Cluster;

/// <summary>
/// Two silos that advertise the same endpoint declare each other dead for ever, and one that advertises its own loopback to other hosts is
/// never reached. Both are mistakes of configuration and are told as such, before anybody joins.
/// </summary>
internal static class ClusterNeighbours
{
    /// <summary>Silos whose last sign of life is older may be gone.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Waits while there are silos that gave a sign of life just now and yet cannot be reached: killed ones that nobody has declared dead.
    /// A silo that starts beside them would insist on an answer of each for minutes; once they have been silent for long enough, or others
    /// have declared them dead, it buries them itself and joins within seconds. A predecessor at its own endpoint it buries at once.
    /// </summary>
    /// <param name="patience">How long to wait at most: the dead fall silent, but a silo behind a firewall goes on giving signs of life.</param>
    /// <returns>Whether every silo that is left is reached; if not, the engine fails to join and says whom it misses.</returns>
    public static async Task<bool> WaitForTheGoneAsync(
        NpgsqlDataSource database, ClusterSettings settings, IPAddress address, TimeSpan patience, ILogger log, CancellationToken cancellation)
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(Pause, cancellation))
        {
            var others = await database.QueryAsync(
                """
                SELECT address, port FROM orleans.silos
                WHERE cluster_id = $1 AND status = 3 AND alive_at > clock_timestamp() - $2 AND (address, port) <> ($3, $4)
                """,
                row => new IPEndPoint(IPAddress.Parse(row.GetString(0)), row.GetInt32(1)),
                cancellation,
                settings.ClusterId, Membership.Silence, address.ToString(), settings.SiloPort);
            var reached = await Task.WhenAll(others.Select(other => IsReachedAsync(other, cancellation)));
            var missed = string.Join(", ", others.Where((_, i) => !reached[i]));
            if (missed.Length == 0)
            {
                return true;
            }

            if (waited.Elapsed > patience)
            {
                log.LogError("Silos {Silos} are alive, by their entries in orleans.silos, and cannot be reached from here", missed);
                return false;
            }

            log.LogInformation("Waits for silos {Silos}, which gave a sign of life just now and do not answer, to come back or fall silent", missed);
        }
    }

    /// <exception cref="InvalidOperationException">The address cannot be meant for this host.</exception>
    public static async Task CheckAsync(NpgsqlDataSource database, ClusterSettings settings, IPAddress address, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            SELECT host, address, port FROM orleans.silos
            WHERE cluster_id = $1 AND host <> $2 AND status = 3 AND alive_at > clock_timestamp() - $3
                AND ($4 OR (address = $5 AND port = $6))
            LIMIT 1
            """);
        object[] values =
            [settings.ClusterId, Dns.GetHostName(), Fresh, IPAddress.IsLoopback(address), address.ToString(), settings.SiloPort];
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (await reader.ReadAsync(cancellation))
        {
            throw new InvalidOperationException(
                $"Setting {ServerOptions.Section}:Cluster:AdvertisedAddress is '{settings.AdvertisedAddress}', but host {reader.GetString(0)} is in "
                + $"the cluster at {reader.GetString(1)}:{reader.GetInt32(2)}. Give every host an address of its own that the others reach.");
        }
    }

    private static async Task<bool> IsReachedAsync(IPEndPoint silo, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Pause);
        try
        {
            using var connection = new TcpClient();
            await connection.ConnectAsync(silo, patience.Token);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
