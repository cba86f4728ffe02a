using System.Collections.Immutable;
using Npgsql;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.MutexGroups;
using Splitstream.Storage.Audit;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.MutexGroups;

/// <summary>The mutex groups in the database.</summary>
public sealed class MutexGroupStore(NpgsqlDataSource database, ConfigurationChange configuration, TimeProvider time) : IMutexGroupStore
{
    private const string Columns = "SELECT group_id, key, name, seed, shares::text, created_at FROM mutex_groups";

    public async Task<Outcome<MutexGroup>> CreateAsync(
        string key, string name, ImmutableSortedDictionary<string, double> shares, Actor actor, CancellationToken cancellation)
    {
        var now = time.GetMicros();
        var seed = Seeds.Create().Value;
        var created = await configuration.ApplyAsync<MutexGroup>(
            async connection =>
            {
                var ids = await connection.QueryAsync(
                    """
                    INSERT INTO mutex_groups (key, name, seed, shares, created_at) VALUES ($1, $2, $3, $4::jsonb, $5)
                    ON CONFLICT (key) DO NOTHING RETURNING group_id
                    """,
                    row => row.GetInt64(0),
                    cancellation,
                    key, name, seed, ConfigurationJson.Write(shares), now);
                if (ids.Count == 0)
                {
                    return null;
                }

                var detail = ConfigurationJson.WriteForReaders(new { Key = key, Name = name, Shares = shares });
                await AuditWriter.AppendAsync(connection, AuditWriter.GlobalChain, now, actor, "mutex_group.created", detail, cancellation);
                return new MutexGroup(ids[0], key, name, seed, shares, now);
            },
            cancellation);
        return created is null ? new Problem(ErrorCode.MutexGroupAlreadyExists, $"A mutex group with key '{key}' exists.") : created;
    }

    public async Task<MutexGroup?> FindAsync(string key, CancellationToken cancellation) =>
        (await database.QueryAsync($"{Columns} WHERE key = $1", Read, cancellation, key)).SingleOrDefault();

    public async Task<IReadOnlyList<MutexGroup>> ListAsync(int limit, string? afterKey, CancellationToken cancellation) =>
        await database.QueryAsync($"{Columns} WHERE key > $1 ORDER BY key LIMIT $2", Read, cancellation, afterKey ?? "", limit);

    /// <summary>All groups, on a connection that sees one snapshot.</summary>
    public static Task<List<MutexGroup>> LoadAllAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.QueryAsync($"{Columns} ORDER BY key", Read, cancellation);

    private static MutexGroup Read(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        ConfigurationJson.Read<ImmutableSortedDictionary<string, double>>(row.GetString(4)),
        row.GetFieldValue<DateTimeOffset>(5));
}
