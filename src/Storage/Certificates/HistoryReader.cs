using Npgsql;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Database;

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
    /// Values of the sampled units. $1: begin, $2: latest first event whose window is closed, $3: event, $4: path, $5: start and $6: end
    /// of the window after the first event, $7: whether the value is 0 or 1, $8: sample.
    /// </summary>
    private const string ValuesSql =
        """
        WITH seen AS (
            SELECT unit_id, min(occurred_at) AS first_at FROM events WHERE received_at >= $1 AND occurred_at >= $1
            GROUP BY unit_id HAVING min(occurred_at) < $2),
        sampled AS (SELECT unit_id, first_at FROM seen ORDER BY md5(unit_id) LIMIT $8)
        SELECT CASE WHEN $7 THEN least(1, coalesce(v.hits, 0)) ELSE coalesce(v.amount, 0) END::float8
        FROM sampled s
        CROSS JOIN LATERAL (
            SELECT sum(CASE WHEN $4::text[] IS NULL THEN 1
                            WHEN jsonb_typeof(e.properties #> $4) = 'number' THEN (e.properties #> $4)::numeric END) AS amount,
                   count(*) FILTER (WHERE $4::text[] IS NULL
                                       OR coalesce(e.properties #> $4, 'null') NOT IN ('null', 'false', '0')) AS hits
            FROM events e
            WHERE e.unit_id = s.unit_id AND e.name = $3 AND e.received_at >= $1
              AND e.occurred_at >= s.first_at + $5 AND e.occurred_at < s.first_at + $6) v
        """;

    /// <summary>
    /// The first units in the order in which they were first seen, their days since the first of them, whatever the time now is. $1: begin,
    /// $2: latest first event whose window is closed, $3: event, $4: path, $5: end and $8: start of the window after the first event, $6: whether the value is 0 or 1, $7: most units.
    /// </summary>
    private const string UnitsSql =
        """
        WITH seen AS (
            SELECT unit_id, min(occurred_at) AS first_at FROM events WHERE received_at >= $1 AND occurred_at >= $1
            GROUP BY unit_id HAVING min(occurred_at) < $2
            ORDER BY first_at, unit_id LIMIT $7)
        SELECT extract(epoch FROM s.first_at - min(s.first_at) OVER ())::float8 / 86400,
               extract(epoch FROM min(s.first_at) OVER () - $1)::float8 / 86400,
               CASE WHEN $6 THEN least(1, coalesce(v.hits, 0)) ELSE coalesce(v.amount, 0) END::float8
        FROM seen s
        CROSS JOIN LATERAL (
            SELECT sum(CASE WHEN $4::text[] IS NULL THEN 1
                            WHEN jsonb_typeof(e.properties #> $4) = 'number' THEN (e.properties #> $4)::numeric END) AS amount,
                   count(*) FILTER (WHERE $4::text[] IS NULL
                                       OR coalesce(e.properties #> $4, 'null') NOT IN ('null', 'false', '0')) AS hits
            FROM events e
            WHERE e.unit_id = s.unit_id AND e.name = $3 AND e.received_at >= $1
              AND e.occurred_at >= s.first_at + $8 AND e.occurred_at < s.first_at + $5) v
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
        if (metric.Type is MetricType.Ratio or MetricType.Quantile)
        {
            return null;
        }

        var path = Path(metric);
        var window = TimeSpan.FromHours(Math.Min(metric.EndHours ?? metric.WindowHours ?? 0, Span.TotalHours));
        var values = await database.QueryAsync(
            ValuesSql,
            row => row.GetDouble(0),
            cancellation,
            now - Span,
            now - window,
            metric.Event,
            path,
            TimeSpan.FromHours(metric.StartHours ?? 0),
            window,
            metric.Type is MetricType.Conversion or MetricType.Retention,
            Sample);
        if (values.Count == 0)
        {
            return null;
        }

        if (metric.Cap is { IsRelative: false, Value: var cap })
        {
            values = [.. values.Select(value => Math.Min(value, cap))];
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
        if (metric.Type is MetricType.Ratio or MetricType.Quantile)
        {
            return null;
        }

        var window = TimeSpan.FromHours(Math.Min(metric.EndHours ?? metric.WindowHours ?? 0, span.TotalHours));
        var rows = await database.QueryAsync(
            UnitsSql,
            row => (Day: row.GetDouble(0), Begin: row.GetDouble(1), Value: row.GetDouble(2)),
            cancellation,
            now - span,
            now - window,
            metric.Event,
            Path(metric),
            window,
            metric.Type is MetricType.Conversion or MetricType.Retention,
            mostUnits,
            TimeSpan.FromHours(metric.StartHours ?? 0));
        var cap = metric.Cap is { IsRelative: false, Value: var most } ? most : double.PositiveInfinity;
        var begin = rows.Count == 0 ? 0 : rows[0].Begin;
        return new UnitHistory([.. rows.Select(row => row.Day)], [.. rows.Select(row => Math.Min(row.Value, cap))], span.TotalDays - begin);
    }

    private static string[]? Path(MetricDefinition metric) =>
        metric.PropertyPath is { } text && PropertyPath.TryParse(text, out var parsed, out _) ? [.. parsed.Steps] : null;
}
