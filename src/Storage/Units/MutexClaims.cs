using Npgsql;
using Splitstream.Bucketing;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Units;

/// <summary>Reads mutex claims; they are written by the claim transaction only.</summary>
public sealed class MutexClaims(NpgsqlDataSource database)
{
    /// <summary>The experiment that holds the unit in the group, or null.</summary>
    public async Task<long?> FindHolderAsync(long groupId, UnitId unit, CancellationToken cancellation)
    {
        var holders = await database.QueryAsync(
            "SELECT experiment_id FROM mutex_claims WHERE group_id = $1 AND unit_id = $2",
            row => row.GetInt64(0), cancellation, groupId, unit.Value);
        return holders.Count == 0 ? null : holders[0];
    }
}
