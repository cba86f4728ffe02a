using Npgsql;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Metrics;

/// <summary>
/// Brings the aggregator's view of metrics, attachments and interruptions up to the configuration that its snapshot sees. Whatever changes
/// what units are worth becomes a request to recompute the experiment.
/// </summary>
internal static class ConfigurationSync
{
    private const string IsBehind =
        "SELECT c.version <> a.version FROM configuration c, aggregated_configuration a";

    private const string UnknownMetrics =
        "SELECT m.metric_id, m.definition::text FROM metrics m WHERE NOT EXISTS (SELECT FROM metric_rules r WHERE r.metric_id = m.metric_id)";

    private const string InsertRule =
        """
        INSERT INTO metric_rules
            (metric_id, type, event, path, window_start, time_window, cap, denominator_event, denominator_path, lookback)
        VALUES ($1, $2, $3, $4, $5, $6, $7::numeric, $8, $9, $10)
        """;

    // Drafts have no exposures that count, so their metrics wait for the start.
    private static readonly string[] Follow =
    [
        """
        CREATE TEMP TABLE IF NOT EXISTS wanted_metrics (experiment_id bigint, metric_id bigint, has_covariate boolean) ON COMMIT DELETE ROWS
        """,
        """
        INSERT INTO wanted_metrics
        SELECT DISTINCT e.experiment_id, r.metric_id, r.lookback IS NOT NULL AND e.definition ->> 'Assignment' IS DISTINCT FROM 'External'
        FROM experiments e
        CROSS JOIN LATERAL (
            SELECT e.definition ->> 'PrimaryMetric' AS key
            UNION SELECT jsonb_array_elements_text(e.definition -> 'SecondaryMetrics')
            UNION SELECT jsonb_array_elements_text(e.definition -> 'Guardrails')) used
        JOIN metrics m ON m.key = used.key
        JOIN metric_rules r ON r.metric_id = m.metric_id
        WHERE e.status <> 'draft'
        """,
        """
        WITH gone AS (
            DELETE FROM experiment_metrics em
            WHERE NOT EXISTS (SELECT FROM wanted_metrics w WHERE w.experiment_id = em.experiment_id AND w.metric_id = em.metric_id)
            RETURNING experiment_id),
        come AS (
            INSERT INTO experiment_metrics (experiment_id, metric_id, has_covariate)
            SELECT experiment_id, metric_id, has_covariate FROM wanted_metrics
            ON CONFLICT DO NOTHING RETURNING experiment_id)
        INSERT INTO recompute_requests (experiment_id)
        SELECT experiment_id FROM gone UNION SELECT experiment_id FROM come
        """,
        """
        WITH come AS (
            INSERT INTO interruptions (experiment_id, ended_at, aggregation)
            SELECT DISTINCT experiment_id, closed_at, $1::bigint FROM experiment_epochs WHERE interrupted AND closed_at IS NOT NULL
            ON CONFLICT DO NOTHING RETURNING experiment_id)
        INSERT INTO recompute_requests (experiment_id) SELECT DISTINCT experiment_id FROM come
        """,
        "UPDATE aggregated_configuration SET version = (SELECT version FROM configuration)",
    ];

    /// <summary>True when the configuration has changed since the last aggregation that followed it.</summary>
    public static async Task<bool> IsBehindAsync(NpgsqlConnection open, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(IsBehind, open);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    /// <summary>Follows the configuration; <paramref name="aggregation"/> is the one that takes it into account.</summary>
    public static async Task FollowAsync(NpgsqlConnection open, long aggregation, CancellationToken cancellation)
    {
        foreach (var (id, rule) in await ReadNewRulesAsync(open, cancellation))
        {
            await using var insert = new NpgsqlCommand(InsertRule, open);
            insert.Parameters.Add(new() { Value = id });
            foreach (var value in AttachSql.Values(rule))
            {
                insert.Parameters.Add(new() { Value = value });
            }

            await insert.ExecuteNonQueryAsync(cancellation);
        }

        foreach (var statement in Follow)
        {
            await using var command = new NpgsqlCommand(statement, open);
            if (statement.Contains("$1", StringComparison.Ordinal))
            {
                command.Parameters.Add(new() { Value = aggregation });
            }

            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    private static async Task<List<(long Id, MetricRule Rule)>> ReadNewRulesAsync(NpgsqlConnection open, CancellationToken cancellation)
    {
        var rules = new List<(long, MetricRule)>();
        await using var command = new NpgsqlCommand(UnknownMetrics, open);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            // What cannot be computed yet has no rule and no sums.
            if (MetricRule.TryCreate(ConfigurationJson.Read<MetricDefinition>(reader.GetString(1)), out var rule, out _))
            {
                rules.Add((reader.GetInt64(0), rule!));
            }
        }

        return rules;
    }
}
