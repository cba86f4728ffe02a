using Npgsql;
using Splitstream.Api.Health;
using Splitstream.Grains.Catalog;
using Splitstream.Grains.Nodes;
using Splitstream.Storage.Database;

namespace Splitstream.Silo.Hosting;

/// <summary>Ready: the catalog is loaded, the database answers, and nobody has told the server to end.</summary>
public sealed class Readiness(NpgsqlDataSource database, CatalogCache catalog, CacheLease lease, Drain drain) : IReadiness
{
    private static readonly ReadinessReport Ending = new([new ReadinessCheck("stopping", false, "The server has been told to end.")]);

    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellation) => drain.HasBegun
        ? Ending
        : new([new ReadinessCheck("catalog", catalog.Current.Version >= 0, null), await CheckDatabaseAsync(cancellation)], lease.MayBeStale);

    private async Task<ReadinessCheck> CheckDatabaseAsync(CancellationToken cancellation)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellation);
            await connection.ExecuteAsync("SELECT 1", cancellation);
            return new ReadinessCheck("database", true, null);
        }
        catch (Exception exception) when (SplitstreamDatabase.IsUnavailable(exception))
        {
            return new ReadinessCheck("database", false, "The database cannot be reached.");
        }
    }
}
