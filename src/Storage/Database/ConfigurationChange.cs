using Npgsql;

namespace Splitstream.Storage.Database;

/// <summary>
/// The one way in which configuration changes: behind the claims barrier, with a new configuration version, announced to every server
/// when and only when it commits.
/// </summary>
public static class ConfigurationChange
{
    /// <summary>The channel of LISTEN and NOTIFY; the payload is the new version of all configuration.</summary>
    public const string Channel = "splitstream_configuration";

    /// <summary>Runs a change in a transaction; null from <paramref name="change"/> rolls it back.</summary>
    public static async Task<T?> ApplyAsync<T>(
        NpgsqlDataSource database, Func<NpgsqlConnection, Task<T?>> change, CancellationToken cancellation)
        where T : class
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await connection.ExecuteAsync("SELECT pg_advisory_xact_lock($1)", cancellation, AdvisoryLocks.Claims);
        if (await change(connection) is not { } result)
        {
            await transaction.RollbackAsync(cancellation);
            return null;
        }

        await connection.ExecuteAsync(
            "WITH next AS (UPDATE configuration SET version = version + 1 RETURNING version) SELECT pg_notify($1, version::text) FROM next",
            cancellation, Channel);
        await transaction.CommitAsync(cancellation);
        return result;
    }
}
