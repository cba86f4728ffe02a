using Npgsql;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Database;
using Splitstream.Storage.Metrics;

namespace Splitstream.Storage.Certificates;

/// <summary>What stored events say about traffic and metrics, for plans that do not.</summary>
public sealed class HistoryReader(NpgsqlDataSource database)
{
    /// <summary>How far back is looked.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromDays(14);

    /// <summary>Units whose values are read, those with the smallest hash: the same ones for the same events.</summary>
    private const int Sample = 20_000;

    /// <summary>Units that sent any event, and the days over which they did. $1: begin, $2: end.</summary>
    private const string TrafficSql =
        """
        SELECT count(DISTINCT unit_id), extract(epoch FROM $2 - min(occurred_at))::float8 / 86400
        FROM events WHERE received_at >= $1 AND occurred_at >= $1 AND occurred_at < $2
        """;

    /// <summary>
    /// What a metric is worth to each unit of <c>seen</c>, by the analysis' own rules, units with missing values left out. $1: begin,
    /// $2: latest first event whose window is closed, $3: most units, $4: event, $5: path, $6: type, $7: start and $8: end of the window
    /// after the first event, $9: cap.
    /// </summary>
    private static readonly string Value =
        $"""
        CROSS JOIN LATERAL (
            SELECT least(coalesce(CASE WHEN $6 = 'conversion' THEN max(amount) ELSE sum(amount) END, 0), $9::text::numeric)::float8 AS value,
                   coalesce(bool_or(is_null), false) AS is_missing
            FROM (SELECT {UnitValueSql.Amount} AS amount, {UnitValueSql.IsNull} AS is_null
                  FROM (SELECT {UnitValueSql.Read("$6::text", "$5::text[]")}
                        FROM events e
                        WHERE e.unit_id = s.unit_id AND e.name = $4 AND e.received_at >= $1
                          AND e.occurred_at >= s.first_at + $7 AND e.occurred_at < s.first_at + $8) matched) amounts) v
        WHERE NOT v.is_missing
        """;

    private const string Seen =
        """
        SELECT unit_id, min(occurred_at) AS first_at FROM events WHERE received_at >= $1 AND occurred_at >= $1
        GROUP BY unit_id HAVING min(occurred_at) < $2
        """;

    private static readonly string ValuesSql =
        $"""
        WITH seen AS ({Seen})
        SELECT v.value FROM (SELECT unit_id, first_at FROM seen ORDER BY md5(unit_id) LIMIT $3) s
        {Value}
        """;

    /// <summary>
    /// The first units in the order in which they were first seen, their days since the first of them, whatever the time now is.
    /// </summary>
    private static readonly string UnitsSql =
        $"""
        WITH seen AS ({Seen} ORDER BY first_at, unit_id LIMIT $3)
        SELECT extract(epoch FROM s.first_at - min(s.first_at) OVER ())::float8 / 86400,
               extract(epoch FROM min(s.first_at) OVER () - $1)::float8 / 86400,
               v.value
        FROM seen s
        {Value}
        ORDER BY s.first_at, s.unit_id
        """;

    /// <summary>New units a day, over all events; null without any.</summary>
    public async Task<double?> UnitsPerDayAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var rows = await database.QueryAsync(
            TrafficSql, row => (Units: row.GetInt64(0), Days: row.GetNullable<double?>(1)), cancellation, now - Span, now);
        return rows.Single() is { Units: > 0, Days: > 0 and { } days } seen ? seen.Units / Math.Max(days, 1.0 / 24) : null;
    }

    /// <summary>The values of a metric of type conversion, retention, count or mean; null for others, and without units.</summary>
    public async Task<MetricHistory?> ReadAsync(MetricDefinition metric, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(metric);
        if (Parameters(metric, now, Span, Sample) is not { } parameters)
        {
            return null;
        }

        var values = await database.QueryAsync(ValuesSql, row => row.GetDouble(0), cancellation, parameters);
        if (values.Count == 0)
        {
            return null;
        }

        values.Sort();
        var mean = values.Average();
        var variance = values.Count < 2 ? 0 : values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
        return new MetricHistory(values.Count, mean, variance, [.. values]);
    }

    /// <summary>Units and their values in the order in which they came, for metrics as <see cref="ReadAsync"/> takes them; null for others.</summary>
    /// <param name="span">How far back; units seen earlier count as new when they are first seen within it.</param>
    /// <param name="mostUnits">The first ones.</param>
    public async Task<UnitHistory?> ReadUnitsAsync(
        MetricDefinition metric, DateTimeOffset now, TimeSpan span, int mostUnits, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(metric);
        if (Parameters(metric, now, span, mostUnits) is not { } parameters)
        {
            return null;
        }

        var rows = await database.QueryAsync(
            UnitsSql, row => (Day: row.GetDouble(0), Begin: row.GetDouble(1), Value: row.GetDouble(2)), cancellation, parameters);
        var begin = rows.Count == 0 ? 0 : rows[0].Begin;
        return new UnitHistory([.. rows.Select(row => row.Day)], [.. rows.Select(row => row.Value)], span.TotalDays - begin);
    }

    /// <summary>Those of <see cref="Value"/>; null for metrics that have no value of this kind.</summary>
    private static object?[]? Parameters(MetricDefinition metric, DateTimeOffset now, TimeSpan span, int mostUnits)
    {
        if (metric.Type is MetricType.Ratio or MetricType.Quantile || !MetricRule.TryCreate(metric, out var rule, out _))
        {
            return null;
        }

        var window = rule!.Window is { } end && end < span ? end : rule.Window is null ? TimeSpan.Zero : span;
        return
        [
            now - span, now - window, mostUnits, rule.Event, rule.Path, rule.Type, rule.Start ?? TimeSpan.Zero, window, rule.Cap,
        ];
    }
}
