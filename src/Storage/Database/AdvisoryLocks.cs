using Npgsql;

namespace Splitstream.Storage.Database;

/// <summary>
/// The advisory locks of a database, all taken for one transaction. A barrier is held shared by many writers and exclusively by the few
/// changes that none of them may straddle: once such a change has committed, nothing decided before it can commit any more.
/// A transaction that needs several takes them in the order of this list.
/// </summary>
public static class AdvisoryLocks
{
    /// <summary>Shared by ingest, exclusive for rebuckets: no exposure of a deleted row slips in behind its tombstones.</summary>
    public const long Ingest = 0x5350_4C49_5402;

    /// <summary>Shared by claims, exclusive for changes of configuration: no claim of an older version commits after the change.</summary>
    public const long Claims = 0x5350_4C49_5403;

    /// <summary>Exclusive for every append to the audit, so that chains have neither gaps nor forks.</summary>
    public const long Audit = 0x5350_4C49_5404;

    /// <summary>Exclusive for making day partitions, in a transaction that takes no other lock of this list.</summary>
    public const long Partitions = 0x5350_4C49_5405;

    /// <summary>Seconds after which the database ends a transaction behind a barrier whose process says nothing any more.</summary>
    private const int SilenceSeconds = 5;

    /// <summary>
    /// Takes a barrier exclusively for the transaction that is open. A process that is frozen or cut off behind it would hold up every other
    /// one; so the database ends its transaction, which then comes to nothing.
    /// </summary>
    public static Task EnterAsync(NpgsqlConnection connection, long barrier, CancellationToken cancellation) =>
        connection.ExecuteAsync($"{EndWhenSilent}; SELECT pg_advisory_xact_lock({barrier})", cancellation);

    /// <summary>The same for one of many that may pass together.</summary>
    public static Task PassAsync(NpgsqlConnection connection, long barrier, CancellationToken cancellation) =>
        connection.ExecuteAsync($"{EndWhenSilent}; SELECT pg_advisory_xact_lock_shared({barrier})", cancellation);

    private static string EndWhenSilent => $"SET LOCAL idle_in_transaction_session_timeout = '{SilenceSeconds}s'";
}
