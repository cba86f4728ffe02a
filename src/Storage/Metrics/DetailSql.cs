namespace Splitstream.Storage.Metrics;

/// <summary>
/// What a look asks beyond the sums, for one metric at a time: products, values bounded by a percentile, and quantiles. Each over the kept
/// state or over a recompute's session tables, which have the same columns, so that the two cannot mean different things.
/// </summary>
/// <remarks>Unless said otherwise $1: experiment, $2: metric, $3: cut-off, $4: whether all are mature, $5: window.</remarks>
internal static class DetailSql
{
    public static readonly string KeptProducts = Products("metric_products");

    public static readonly string RecomputedProducts = Products(
        $"""
        (SELECT v.experiment_id, v.metric_id, u.variant, u.epoch, u.ends_at, {Cohort} AS cohort_hour, {ProductSql.OfUnit()}
         FROM new_values v JOIN new_units u ON u.experiment_id = v.experiment_id AND u.unit_id = v.unit_id
         WHERE v.denominator IS NOT NULL AND u.excluded_reason IS NULL)
        """);

    internal const string Cohort = "date_trunc('hour', u.first_exposure_at, 'UTC')";

    /// <summary>
    /// Over <see cref="Units"/>. $1: the percentile. It is taken over the matured units of all variants and epochs together, linear between two order statistics; a
    /// unit without a row has the value 0. No row while no unit is mature.
    /// </summary>
    public static readonly string Capped =
        $"""
        WITH valued AS (
            SELECT variant, epoch, is_mature, coalesce(value, 0) AS value, coalesce(denominator, 0) AS denominator,
                   coalesce(history, 0) AS history, coalesce(covariate, 0) AS covariate,
                   coalesce(covariate_denominator, 0) AS covariate_denominator
            FROM look_units),
        placed AS (
            SELECT value, row_number() OVER (ORDER BY value) AS rank, 1 + (count(*) OVER () - 1) * $1::text::numeric AS position
            FROM valued WHERE is_mature),
        bounded AS (
            SELECT variant, epoch, is_mature, least(value, cap) AS value, denominator, history, least(covariate, cap) AS covariate,
                   covariate_denominator, cap
            FROM valued CROSS JOIN (SELECT {Interpolated("position")} AS cap FROM placed) b WHERE cap IS NOT NULL)
        SELECT s.variant, s.epoch, trim_scale(min(s.cap))::text,
               trim_scale(sum(s.value))::text, trim_scale(sum(s.value * s.value))::text,
               trim_scale(coalesce(sum(s.value) FILTER (WHERE is_mature), 0))::text,
               trim_scale(coalesce(sum(s.value * s.value) FILTER (WHERE is_mature), 0))::text,
               {ProductSql.Totals()}
        FROM (SELECT v.variant, v.epoch, v.is_mature, v.cap, v.value, {ProductSql.OfUnit()} FROM bounded v) s
        GROUP BY s.variant, s.epoch
        """;

    /// <summary>
    /// Over <see cref="Units"/>. $1: which quantile, $2: event, $3: path, $4: aggregation as of which raw rows count, $5: window. Rows for the whole and for the matured part. The
    /// two quantiles beside it are 1.96 standard errors of the share below away, to nine digits, where that error is of a sum over units.
    /// </summary>
    /// <remarks>The two steps of <c>QuantileMetric</c> in the statistics, where the source is named.</remarks>
    public static readonly string Quantiles =
        $"""
        WITH amounts AS MATERIALIZED (
            SELECT u.variant, u.epoch, u.unit_id, u.is_mature,
                   CASE WHEN jsonb_typeof(e.properties #> $3) = 'number' THEN (e.properties #> $3)::numeric END AS value
            FROM look_units u
            JOIN events e ON e.unit_id = u.unit_id AND e.name = $2 AND e.occurred_at >= u.first_exposure_at
                AND ($5::interval IS NULL OR e.occurred_at < u.first_exposure_at + $5) AND e.occurred_at < u.ends_at
            -- No event is received long before it happens, so older partitions hold none of these.
            WHERE e.received_at >= (SELECT min(first_exposure_at) FROM look_units) - interval '1 day'
              AND EXISTS (SELECT FROM batch_log l WHERE l.batch_id = e.batch_id AND l.aggregation <= $4)),
        placed AS MATERIALIZED (
            SELECT p.matured, a.variant, a.epoch, a.unit_id, a.value, row_number() OVER w AS rank, count(*) OVER c AS events,
                   1 + (count(*) OVER c - 1) * $1::text::numeric AS position
            FROM amounts a JOIN (VALUES (false), (true)) p (matured) ON a.is_mature OR NOT p.matured
            WHERE a.value IS NOT NULL
            WINDOW c AS (PARTITION BY p.matured, a.variant, a.epoch), w AS (PARTITION BY p.matured, a.variant, a.epoch ORDER BY a.value)),
        points AS (
            SELECT matured, variant, epoch, {Interpolated("position")} AS point FROM placed GROUP BY matured, variant, epoch),
        clusters AS (
            SELECT x.matured, x.variant, x.epoch, x.unit_id, p.point, count(*)::numeric AS events,
                   (count(*) FILTER (WHERE x.value <= p.point))::numeric AS below
            FROM placed x JOIN points p ON p.matured = x.matured AND p.variant = x.variant AND p.epoch = x.epoch
            GROUP BY x.matured, x.variant, x.epoch, x.unit_id, p.point),
        totals AS (
            SELECT matured, variant, epoch, point, count(*) AS units, sum(events) AS events, sum(events * events) AS event_squares,
                   sum(below) AS below, sum(below * below) AS below_squares, sum(below * events) AS below_events
            FROM clusters GROUP BY matured, variant, epoch, point),
        spread AS (
            SELECT *, round(1.959963984540054 * sqrt(
                units * (events * events * below_squares - 2 * below * events * below_events + below * below * event_squares)
                / nullif(units - 1, 0)) / (events * events), 9) AS half
            FROM totals),
        outer_ends AS (
            SELECT s.matured, s.variant, s.epoch, {Interpolated("1 + (s.events - 1) * ($1::text::numeric - s.half)")} AS lower,
                   {Interpolated("1 + (s.events - 1) * ($1::text::numeric + s.half)")} AS upper
            FROM spread s JOIN placed x ON x.matured = s.matured AND x.variant = s.variant AND x.epoch = s.epoch
            WHERE $1::text::numeric - s.half > 0 AND $1::text::numeric + s.half < 1
            GROUP BY s.matured, s.variant, s.epoch)
        SELECT s.variant, s.epoch, s.matured, s.events::bigint, s.units, trim_scale(s.point)::text, trim_scale(s.event_squares)::text,
               trim_scale(s.below)::text, trim_scale(s.below_squares)::text, trim_scale(s.below_events)::text,
               o.lower IS NOT NULL, trim_scale(o.lower)::text, trim_scale(o.upper)::text
        FROM spread s LEFT JOIN outer_ends o ON o.matured = s.matured AND o.variant = s.variant AND o.epoch = s.epoch
        """;

    private static string Products(string source) =>
        $"""
        SELECT s.variant, s.epoch, {ProductSql.Totals()}
        FROM {source} s
        CROSS JOIN LATERAL (SELECT {Mature("s.cohort_hour", "s.ends_at")} AS is_mature) maturity
        WHERE s.experiment_id = $1 AND s.metric_id = $2
        GROUP BY s.variant, s.epoch
        """;

    internal static string Mature(string cohort, string ends) =>
        $"($4::boolean OR $5::interval IS NULL OR {cohort} + interval '1 hour' + $5 <= least($3::timestamptz, {ends}))";

    /// <summary>
    /// Analysed units whose value is not missing, into a session table of their own with what is known of its size: a plan that took a
    /// hundred thousand units for two would not end. For the same reason they are not put together row by row.
    /// </summary>
    public static string[] Units(bool isKept) =>
    [
        "DROP TABLE IF EXISTS look_units",
        """
        CREATE TEMP TABLE look_units (variant text COLLATE "C", epoch integer, unit_id text COLLATE "C", first_exposure_at timestamptz,
            ends_at timestamptz, is_mature boolean, value numeric, denominator numeric, history numeric, covariate numeric,
            covariate_denominator numeric) ON COMMIT DROP
        """,
        "SET LOCAL enable_nestloop = off",
        $"""
        INSERT INTO look_units
        SELECT u.variant, u.epoch, u.unit_id, u.first_exposure_at, u.ends_at, {Mature(Cohort, "u.ends_at")}, v.value, v.denominator, v.history,
               v.covariate, v.covariate_denominator
        FROM {(isKept ? "analysed_units" : "new_units")} u
        LEFT JOIN {(isKept ? "unit_metrics" : "new_values")} v
            ON v.experiment_id = u.experiment_id AND v.unit_id = u.unit_id AND v.metric_id = $2
        WHERE u.experiment_id = $1 AND u.excluded_reason IS NULL AND (v.unit_id IS NULL OR v.value IS NOT NULL)
        """,
        "SET LOCAL enable_nestloop = on",
        "ANALYZE look_units",
    ];

    /// <summary>The value at a position that is the same for the whole group, linear between the ranks around it.</summary>
    private static string Interpolated(string position) =>
        $"""
        max(value) FILTER (WHERE rank = floor({position})) + (max({position}) - floor(max({position})))
            * (max(value) FILTER (WHERE rank = ceil({position})) - max(value) FILTER (WHERE rank = floor({position})))
        """;
}
