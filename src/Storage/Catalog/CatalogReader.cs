using System.Data;
using Npgsql;
using Splitstream.Grains.Interfaces.Catalog;
using Splitstream.Storage.Database;
using Splitstream.Storage.Experiments;
using Splitstream.Storage.Metrics;
using Splitstream.Storage.MutexGroups;

namespace Splitstream.Storage.Catalog;

/// <summary>Reads all configuration as of one version.</summary>
public sealed class CatalogReader(NpgsqlDataSource database)
{
    /// <summary>Null when the version is still the known one.</summary>
    public async Task<CatalogContent?> LoadAsync(long knownVersion, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var version = await connection.QueryAsync("SELECT version FROM configuration", row => row.GetInt64(0), cancellation);
        if (version[0] == knownVersion)
        {
            return null;
        }

        var experiments = await ExperimentStore.LoadActiveAsync(connection, cancellation);
        var archived = await ExperimentStore.LoadArchivedKeysAsync(connection, cancellation);
        var metrics = await MetricStore.LoadAllAsync(connection, cancellation);
        var groups = await MutexGroupStore.LoadAllAsync(connection, cancellation);
        return new CatalogContent(version[0], experiments, archived, [.. metrics], [.. groups]);
    }
}
