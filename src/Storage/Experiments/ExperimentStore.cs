using System.Collections.Immutable;
using Npgsql;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Storage.Audit;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Experiments;

/// <summary>Experiments and their epochs in the database. Only the experiment's grain writes.</summary>
public sealed class ExperimentStore(NpgsqlDataSource database, ConfigurationChange configuration) : IExperimentReader
{
    private const string Columns =
        """
        SELECT e.experiment_id, e.definition::text, e.status, e.version, e.bucketing_seed, e.traffic_seed, e.created_at, e.started_at,
               e.stopped_at, e.winner, e.weights_changed, e.protocol_version, e.protocol_changed, e.paused_from,
               p.epochs, p.opened, p.closed, p.interrupted, p.weights, p.traffic, p.targeting
        FROM experiments e
        CROSS JOIN LATERAL (
            SELECT array_agg(epoch ORDER BY epoch) AS epochs, array_agg(opened_at ORDER BY epoch) AS opened,
                   array_agg(closed_at ORDER BY epoch) AS closed, array_agg(interrupted ORDER BY epoch) AS interrupted,
                   array_agg(array_to_json(weights)::text ORDER BY epoch) AS weights, array_agg(traffic ORDER BY epoch) AS traffic,
                   array_agg(targeting ORDER BY epoch) AS targeting
            FROM experiment_epochs WHERE experiment_id = e.experiment_id) p
        """;

    public async Task<IReadOnlyList<ExperimentState>> ListAsync(int limit, string? afterKey, CancellationToken cancellation) =>
        await database.QueryAsync($"{Columns} WHERE e.key > $1 ORDER BY e.key LIMIT $2", Read, cancellation, afterKey ?? "", limit);

    public async Task<ExperimentState?> FindAsync(string key, CancellationToken cancellation) =>
        (await database.QueryAsync($"{Columns} WHERE e.key = $1", Read, cancellation, key)).SingleOrDefault();

    /// <summary>All experiments that are not archived, on a connection that sees one snapshot.</summary>
    public static async Task<ImmutableArray<ExperimentState>> LoadActiveAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        [.. await connection.QueryAsync($"{Columns} WHERE e.status <> 'archived' ORDER BY e.key", Read, cancellation)];

    /// <summary>The keys of all archived experiments, on a connection that sees one snapshot.</summary>
    public static async Task<ImmutableArray<string>> LoadArchivedKeysAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        [.. await connection.QueryAsync("SELECT key FROM experiments WHERE status = 'archived'", row => row.GetString(0), cancellation)];

    /// <summary>Answers when every server goes by what is committed now.</summary>
    public Task SettleAsync(CancellationToken cancellation) => configuration.SettleAsync(cancellation);

    /// <summary>Writes a new experiment; null when the key exists.</summary>
    public Task<ExperimentState?> InsertAsync(ExperimentState state, long? groupId, Actor actor, CancellationToken cancellation) =>
        configuration.ApplyAsync(
            async connection =>
            {
                var ids = await connection.QueryAsync(
                    """
                    INSERT INTO experiments (key, version, status, definition, group_id, bucketing_seed, traffic_seed, created_at)
                    VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING RETURNING experiment_id
                    """,
                    row => row.GetInt64(0),
                    cancellation,
                    state.Key, state.Version, Status(state), ConfigurationJson.Write(state.Definition), groupId, state.BucketingSeed,
                    state.TrafficSeed, state.CreatedAt);
                if (ids.Count == 0)
                {
                    return null;
                }

                await AuditAsync(connection, state.CreatedAt, actor, "created", state, cancellation);
                return state with { Id = ids[0] };
            },
            cancellation);

    /// <summary>
    /// Writes the next version; null when the database no longer holds the version it was made from. Archiving releases the experiment's
    /// mutex claims into history; an interruption, a changed metric or an epoch asks the aggregator to recompute.
    /// </summary>
    /// <param name="recompute">True when values of units already exposed may change.</param>
    public Task<ExperimentState?> SaveAsync(
        ExperimentState next, long? groupId, Actor actor, string action, DateTimeOffset now, bool recompute, CancellationToken cancellation) =>
        configuration.ApplyAsync<ExperimentState>(
            async connection =>
            {
                var changed = await connection.ExecuteAsync(
                    """
                    UPDATE experiments
                    SET version = $2, status = $3, definition = $4::jsonb, group_id = $5, winner = $6, weights_changed = $7,
                        protocol_version = $8, protocol_changed = $9, started_at = $10, stopped_at = $11, paused_from = $12
                    WHERE experiment_id = $1 AND version = $2 - 1
                    """,
                    cancellation,
                    next.Id, next.Version, Status(next), ConfigurationJson.Write(next.Definition), groupId, next.Winner,
                    next.WeightsChanged, next.ProtocolVersion, next.ProtocolChanged, next.StartedAt, next.StoppedAt,
                    next.PausedFrom?.ToString().ToLowerInvariant());
                if (changed == 0)
                {
                    return null;
                }

                await SaveEpochsAsync(connection, next, cancellation);
                if (next.Status == ExperimentStatus.Archived)
                {
                    await ReleaseClaimsAsync(connection, next.Id, cancellation);
                }

                if (recompute)
                {
                    await connection.ExecuteAsync("INSERT INTO recompute_requests (experiment_id) VALUES ($1)", cancellation, next.Id);
                }

                await AuditAsync(connection, now, actor, action, next, cancellation);
                return next;
            },
            cancellation);

    private static async Task SaveEpochsAsync(NpgsqlConnection connection, ExperimentState state, CancellationToken cancellation)
    {
        foreach (var epoch in state.Epochs)
        {
            await connection.ExecuteAsync(
                """
                INSERT INTO experiment_epochs (experiment_id, epoch, opened_at, closed_at, interrupted, weights, traffic, targeting)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                ON CONFLICT (experiment_id, epoch) DO UPDATE SET closed_at = excluded.closed_at, interrupted = excluded.interrupted
                """,
                cancellation,
                state.Id, epoch.Number, epoch.OpenedAt, epoch.ClosedAt, epoch.Interrupted, epoch.Weights.ToArray(), epoch.Traffic,
                epoch.TargetingJson);
        }
    }

    private static Task<int> ReleaseClaimsAsync(
        NpgsqlConnection connection, long experimentId, CancellationToken cancellation) =>
        connection.ExecuteAsync(
            """
            WITH released AS (DELETE FROM mutex_claims WHERE experiment_id = $1 RETURNING *)
            INSERT INTO mutex_claim_history (group_id, unit_id, experiment_id, claimed_at, released_at, reason)
            SELECT group_id, unit_id, experiment_id, claimed_at, clock_timestamp(), 'archived' FROM released
            """,
            cancellation, experimentId);

    private static Task AuditAsync(
        NpgsqlConnection connection, DateTimeOffset at, Actor actor, string action, ExperimentState state, CancellationToken cancellation) =>
        AuditWriter.AppendAsync(
            connection,
            AuditWriter.ChainOf(state.Key),
            at,
            actor,
            $"experiment.{action}",
            AuditDetail(state),
            cancellation);

    /// <summary>The audit outlives erasure, so the units of overrides are only counted in it.</summary>
    private static string AuditDetail(ExperimentState state) => ConfigurationJson.WriteForReaders(new
    {
        state.Version,
        Status = Status(state),
        Definition = state.Definition with { Overrides = ImmutableSortedDictionary<string, string>.Empty },
        Overrides = state.Definition.Overrides.Count,
        state.Winner,
    });

    private static string Status(ExperimentState state) => state.Status.ToString().ToLowerInvariant();

    private static ExperimentState Read(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        ConfigurationJson.Read<ExperimentDefinition>(row.GetString(1)),
        Enum.Parse<ExperimentStatus>(row.GetString(2), ignoreCase: true),
        row.GetInt64(3),
        row.GetString(4),
        row.GetString(5),
        ReadEpochs(row),
        row.GetFieldValue<DateTimeOffset>(6),
        row.GetNullable<DateTimeOffset?>(7),
        row.GetNullable<DateTimeOffset?>(8),
        row.GetNullable<string>(9),
        row.GetBoolean(10),
        row.GetInt32(11),
        row.GetBoolean(12),
        row.IsDBNull(13) ? null : Enum.Parse<ExperimentStatus>(row.GetString(13), ignoreCase: true));

    private static ImmutableArray<Epoch> ReadEpochs(NpgsqlDataReader row)
    {
        if (row.IsDBNull(14))
        {
            return [];
        }

        var numbers = row.GetFieldValue<int[]>(14);
        var opened = row.GetFieldValue<DateTimeOffset[]>(15);
        var closed = row.GetFieldValue<DateTimeOffset?[]>(16);
        var interrupted = row.GetFieldValue<bool[]>(17);
        var weights = row.GetFieldValue<string[]>(18);
        var traffic = row.GetFieldValue<double[]>(19);
        var targeting = row.GetFieldValue<string?[]>(20);
        return
        [
            .. numbers.Select((number, i) => new Epoch(
                number, opened[i], closed[i], [.. ConfigurationJson.Read<double[]>(weights[i])], traffic[i], targeting[i], interrupted[i])),
        ];
    }
}
