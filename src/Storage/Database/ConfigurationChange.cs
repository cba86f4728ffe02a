using Npgsql;
using Splitstream.Storage.Nodes;

namespace Splitstream.Storage.Database;

/// <summary>
/// The one way in which configuration changes: behind the claims barrier, with a new configuration version, announced to every server when
/// and only when it commits, and answered when every server goes by it.
/// </summary>
public sealed class ConfigurationChange(NpgsqlDataSource database, Announcer announcer)
{
    /// <summary>Runs a change in a transaction; null from <paramref name="change"/> rolls it back.</summary>
    public async Task<T?> ApplyAsync<T>(Func<NpgsqlConnection, Task<T?>> change, CancellationToken cancellation)
        where T : class
    {
        using var announcement = announcer.Begin();
        if (await CommitAsync(change, announcement, cancellation) is not { } result)
        {
            return null;
        }

        await announcement.SettleAsync(CancellationToken.None);
        return result;
    }

    /// <summary>Answers when every server goes by all that is committed now, which may still be on its way to some of them.</summary>
    public async Task SettleAsync(CancellationToken cancellation)
    {
        using var announcement = announcer.Begin();
        await using (var connection = await database.OpenConnectionAsync(cancellation))
        {
            await announcement.AnnounceConfigurationAsync(connection, cancellation);
        }

        await announcement.SettleAsync(cancellation);
    }

    private async Task<T?> CommitAsync<T>(
        Func<NpgsqlConnection, Task<T?>> change, PendingChange announcement, CancellationToken cancellation)
        where T : class
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await AdvisoryLocks.EnterAsync(connection, AdvisoryLocks.Claims, cancellation);
        if (await change(connection) is not { } result)
        {
            await transaction.RollbackAsync(cancellation);
            return null;
        }

        await connection.ExecuteAsync("UPDATE configuration SET version = version + 1", cancellation);
        await announcement.AnnounceConfigurationAsync(connection, cancellation);
        await transaction.CommitAsync(cancellation);
        return result;
    }
}
