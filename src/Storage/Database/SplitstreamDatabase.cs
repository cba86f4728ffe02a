using Npgsql;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Storage.Database;

/// <summary>Opens databases the way Splitstream uses them.</summary>
public static class SplitstreamDatabase
{
    private const int PreparedStatements = 100;
    private const int KeepAliveSeconds = 15;
    private const int ConnectSeconds = 5;

    /// <summary>The state of a session that the database ended because its process was silent within a transaction.</summary>
    private const string IdleInTransaction = "25P03";

    /// <summary>Seconds after which a notification connection that does not answer is given up; below the lease that hangs on it.</summary>
    private const int ListenSeconds = 2;

    /// <summary>A cancellation that is not answered is not waited for.</summary>
    private const int NoWait = -1;

    /// <summary>
    /// A pool with statements prepared at their second use and the time zone set to UTC. Give a direct address: behind transaction pooling
    /// neither prepared statements nor LISTEN work.
    /// </summary>
    public static NpgsqlDataSource Open(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "splitstream",
            MaxAutoPrepare = PreparedStatements,
            AutoPrepareMinUsages = 2,
            KeepAlive = KeepAliveSeconds,
            Timeout = ConnectSeconds,
            Timezone = "UTC",
            IncludeErrorDetail = false,
        };
        return NpgsqlDataSource.Create(settings);
    }

    /// <summary>
    /// The same for what may go through transaction pooling: statements within one transaction only, none of them prepared, and no reset of
    /// a session that is somebody else's by then.
    /// </summary>
    public static NpgsqlDataSource OpenForManagement(string connectionString) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "splitstream-management",
            MaxAutoPrepare = 0,
            NoResetOnClose = true,
            Timeout = ConnectSeconds,
            Timezone = "UTC",
            IncludeErrorDetail = false,
        });

    /// <summary>
    /// For the one connection on which a server listens: no pool, and soon given up when it hangs. It says its purpose to whoever lists
    /// connections.
    /// </summary>
    public static NpgsqlDataSource OpenForNotifications(string connectionString) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "splitstream-listen",
            Pooling = false,
            KeepAlive = 0,
            Timeout = ListenSeconds,
            CommandTimeout = ListenSeconds,
            CancellationTimeout = NoWait,
            IncludeErrorDetail = false,
        });

    /// <summary>
    /// True when the database could not be reached or refused to work for a reason that lies not in the data: connection, shut-down, disk
    /// full, read-only, deadlock, serialisation, lock or statement time-out. The same call may succeed later.
    /// </summary>
    public static bool IsUnavailable(Exception exception) => exception switch
    {
        PostgresException { SqlState: var state } =>
            state.StartsWith("08", StringComparison.Ordinal)
            || state.StartsWith("40", StringComparison.Ordinal)
            || state.StartsWith("53", StringComparison.Ordinal)
            || state.StartsWith("57", StringComparison.Ordinal)
            || state.StartsWith("58", StringComparison.Ordinal)
            || state is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.LockNotAvailable
                or IdleInTransaction,
        NpgsqlException or TimeoutException or IOException or StorageUnavailableException => true,
        _ => false,
    };
}
