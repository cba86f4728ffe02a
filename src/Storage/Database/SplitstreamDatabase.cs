using Npgsql;

namespace Splitstream.Storage.Database;

/// <summary>Opens databases the way Splitstream uses them.</summary>
public static class SplitstreamDatabase
{
    private const int PreparedStatements = 100;
    private const int KeepAliveSeconds = 15;
    private const int ConnectSeconds = 5;

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
            || state is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.LockNotAvailable,
        NpgsqlException or TimeoutException or IOException => true,
        _ => false,
    };
}
