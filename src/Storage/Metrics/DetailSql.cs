namespace Splitstream.Storage.Metrics;

/// <summary>
/// What a look asks beyond the sums, for one metric at a time: products, values bounded by a percentile, and quantiles. Each over the kept
/// state or over a recompute's session tables, which have the same columns, so that the two cannot mean different things.
/// </summary>
/// <remarks>$1: experiment, $2: metric, $3: cut-off, $4: whether all are mature, $5: window.</remarks>
internal static class DetailSql
{
    public static readonly string KeptProducts = Products("metric_products");

    public static readonly string RecomputedProducts = Products(
        $"""
        (SELECT v.experiment_id, v.metric_id, u.variant, u.epoch, u.ends_at, {Cohort} AS cohort_hour, {ProductSql.OfUnit()}
         FROM new_values v JOIN new_units u ON u.experiment_id = v.experiment_id AND u.unit_id = v.unit_id
         WHERE v.denominator IS NOT NULL AND u.excluded_reason IS NULL)
        """);

    private const string Cohort = "date_trunc('hour', u.first_exposure_at, 'UTC')";

    /// <summary>
    /// $6: the percentile. It is taken over the matured units of all variants and epochs together, linear between two order statistics; a
    /// unit without a row has the value 0. No row while no unit is mature.
    /// </summary>
    public static string Capped(bool isKept) =>
        $"""
        WITH valued AS (
            SELECT u.variant, u.epoch, {Mature(Cohort, "u.ends_at")} AS is_mature, coalesce(v.value, 0) AS value,
                   coalesce(v.denominator, 0) AS denominator, coalesce(v.history, 0) AS history, coalesce(v.covariate, 0) AS covariate,
                   coalesce(v.covariate_denominator, 0) AS covariate_denominator
            {Units(isKept)}),
        placed AS (
            SELECT value, row_number() OVER (ORDER BY value) AS rank, 1 + (count(*) OVER () - 1) * $6::text::numeric AS position
            FROM valued WHERE is_mature),
        bound AS ({Interpolated("placed")}),
        bounded AS (
            SELECT variant, epoch, is_mature, least(value, cap) AS value, denominator, history, least(covariate, cap) AS covariate,
                   covariate_denominator, cap
            FROM valued CROSS JOIN (SELECT point AS cap FROM bound) b WHERE cap IS NOT NULL)
        SELECT s.variant, s.epoch, trim_scale(min(s.cap))::text,
               trim_scale(sum(s.value))::text, trim_scale(sum(s.value * s.value))::text,
               trim_scale(coalesce(sum(s.value) FILTER (WHERE is_mature), 0))::text,
               trim_scale(coalesce(sum(s.value * s.value) FILTER (WHERE is_mature), 0))::text,
               {ProductSql.Totals()}
        FROM (SELECT v.variant, v.epoch, v.is_mature, v.cap, v.value, {ProductSql.OfUnit()} FROM bounded v) s
        GROUP BY s.variant, s.epoch
        """;

    /// <summary>
    /// $6: which quantile, $7: event, $8: path, $9: aggregation as of which raw rows count. Rows for the whole and for the matured part. The
    /// ranks beside the quantile are 1.96 standard errors away, where the error of the number of events below it is that of a sum over units.
    /// </summary>
    /// <remarks>Deng, Knoblich and Lu 2018 (KDD), section 4: the variance of the share below, clustered, then the outer interval.</remarks>
    public static string Quantiles(bool isKept) =>
        $"""
        WITH amounts AS MATERIALIZED (
            SELECT u.variant, u.epoch, u.unit_id, {Mature(Cohort, "u.ends_at")} AS is_mature,
                   CASE WHEN jsonb_typeof(e.properties #> $8) = 'number' THEN (e.properties #> $8)::numeric END AS value
            {Units(isKept, """
                JOIN events e ON e.unit_id = u.unit_id AND e.name = $7 AND e.occurred_at >= u.first_exposure_at
                    AND ($5::interval IS NULL OR e.occurred_at < u.first_exposure_at + $5) AND e.occurred_at < u.ends_at
                """)}
              AND EXISTS (SELECT FROM batch_log l WHERE l.batch_id = e.batch_id AND l.aggregation <= $9)),
        placed AS MATERIALIZED (
            SELECT p.matured, a.variant, a.epoch, a.unit_id, a.value, row_number() OVER w AS rank, count(*) OVER c AS events,
                   1 + (count(*) OVER c - 1) * $6::text::numeric AS position
            FROM amounts a JOIN (VALUES (false), (true)) p (matured) ON a.is_mature OR NOT p.matured
            WHERE a.value IS NOT NULL
            WINDOW c AS (PARTITION BY p.matured, a.variant, a.epoch), w AS (PARTITION BY p.matured, a.variant, a.epoch ORDER BY a.value)),
        points AS (
            SELECT matured, variant, epoch, point
            FROM (SELECT DISTINCT matured, variant, epoch FROM placed) g
            CROSS JOIN LATERAL ({Interpolated("placed x", "WHERE x.matured = g.matured AND x.variant = g.variant AND x.epoch = g.epoch")}) q),
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
            SELECT *, 1.959963984540054 / events * sqrt(
                units * (events * events * below_squares - 2 * below * events * below_events + below * below * event_squares)
                / nullif(units - 1, 0)) AS half
            FROM totals),
        ranks AS (
            SELECT *, greatest(1, floor(events * $6::text::numeric - half))::bigint AS lower_rank,
                   least(events, ceil(events * $6::text::numeric + half))::bigint AS upper_rank
            FROM spread)
        SELECT r.variant, r.epoch, r.matured, r.events::bigint, r.units, trim_scale(r.point)::text, trim_scale(r.event_squares)::text,
               trim_scale(r.below)::text, trim_scale(r.below_squares)::text, trim_scale(r.below_events)::text,
               r.half IS NOT NULL, r.lower_rank, trim_scale(lower.value)::text, r.upper_rank, trim_scale(upper.value)::text
        FROM ranks r
        LEFT JOIN placed lower ON lower.matured = r.matured AND lower.variant = r.variant AND lower.epoch = r.epoch AND lower.rank = r.lower_rank
        LEFT JOIN placed upper ON upper.matured = r.matured AND upper.variant = r.variant AND upper.epoch = r.epoch AND upper.rank = r.upper_rank
        """;

    private static string Products(string source) =>
        $"""
        SELECT s.variant, s.epoch, {ProductSql.Totals()}
        FROM {source} s
        CROSS JOIN LATERAL (SELECT {Mature("s.cohort_hour", "s.ends_at")} AS is_mature) maturity
        WHERE s.experiment_id = $1 AND s.metric_id = $2
        GROUP BY s.variant, s.epoch
        """;

    private static string Mature(string cohort, string ends) =>
        $"($4::boolean OR $5::interval IS NULL OR {cohort} + interval '1 hour' + $5 <= least($3::timestamptz, {ends}))";

    /// <summary>Analysed units whose value is not missing.</summary>
    private static string Units(bool isKept, string events = "") =>
        $"""
        FROM {(isKept ? "analysed_units" : "new_units")} u
        LEFT JOIN {(isKept ? "unit_metrics" : "new_values")} v
            ON v.experiment_id = u.experiment_id AND v.unit_id = u.unit_id AND v.metric_id = $2
        {events}
        WHERE u.experiment_id = $1 AND u.excluded_reason IS NULL AND (v.unit_id IS NULL OR v.value IS NOT NULL)
        """;

    /// <summary>The value at <c>position</c>, linear between the ranks around it (Hyndman and Fan 1996, type 7).</summary>
    private static string Interpolated(string placed, string where = "") =>
        $"""
        SELECT max(value) FILTER (WHERE rank = floor(position))
            + (max(position) - floor(max(position)))
            * (max(value) FILTER (WHERE rank = ceil(position)) - max(value) FILTER (WHERE rank = floor(position))) AS point
        FROM {placed} {where}
        """;
}
