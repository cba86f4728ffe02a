namespace Splitstream.Storage.Metrics;

/// <summary>
/// The one definition of what a unit is and what its values are, as a set-based computation over raw rows. The aggregator runs it over the
/// units that a batch touches, a recompute over all units of an experiment, so that the two cannot mean different things.
/// </summary>
/// <remarks>
/// Everything passes through session tables: <c>touched</c> is the input, <c>attached</c> the metrics of each experiment,
/// <c>new_units</c>, <c>new_exclusions</c> and <c>new_values</c> the result. <c>$1</c> is the aggregation as of which raw rows count.
/// </remarks>
internal static class UnitValueSql
{
    /// <summary>Session tables, empty at the begin of every transaction.</summary>
    public const string CreateTables =
        """
        CREATE TEMP TABLE IF NOT EXISTS consumed (batch_id bigint, first_received_at timestamptz, last_received_at timestamptz)
            ON COMMIT DELETE ROWS;
        CREATE TEMP TABLE IF NOT EXISTS touched (experiment_id bigint, unit_id text COLLATE "C") ON COMMIT DELETE ROWS;
        CREATE TEMP TABLE IF NOT EXISTS attached (experiment_id bigint, metric_id bigint, part integer, type text, event text COLLATE "C",
            path text[], window_start interval, time_window interval, cap numeric, lookback interval, is_plain boolean) ON COMMIT DELETE ROWS;
        CREATE TEMP TABLE IF NOT EXISTS new_units (LIKE analysed_units) ON COMMIT DELETE ROWS;
        CREATE TEMP TABLE IF NOT EXISTS new_exclusions (LIKE unit_exclusions) ON COMMIT DELETE ROWS;
        CREATE TEMP TABLE IF NOT EXISTS new_values (LIKE unit_metrics) ON COMMIT DELETE ROWS;
        CREATE TEMP TABLE IF NOT EXISTS hits (experiment_id bigint, metric_id bigint, part integer, unit_id text COLLATE "C", batch_id bigint,
            ordinal integer, late boolean, amount numeric, is_null boolean) ON COMMIT DELETE ROWS
        """;

    /// <summary>
    /// Units: first exposure, variant and epoch of the row, the first pause or stop after the first exposure (or infinity), and why the unit
    /// is excluded. <c>rebucketed</c> goes before <c>two_variants</c>.
    /// </summary>
    public static string Units(bool asOf) =>
        $"""
        INSERT INTO new_units (experiment_id, unit_id, variant, epoch, first_exposure_at, ends_at, excluded_reason, late)
        SELECT f.experiment_id, f.unit_id, f.variant, f.epoch, f.first_exposure_at,
               coalesce((SELECT min(i.ended_at) FROM interruptions i
                         WHERE i.experiment_id = f.experiment_id AND i.ended_at > f.first_exposure_at AND i.aggregation <= $1), 'infinity'),
               CASE WHEN EXISTS (SELECT FROM rebucketed_units r
                                 WHERE r.experiment_id = f.experiment_id AND r.unit_id = f.unit_id AND r.aggregation <= $1) THEN 'rebucketed'
                    WHEN f.variants > 1 THEN 'two_variants' END,
               f.late
        FROM (SELECT x.experiment_id, x.unit_id, min(x.occurred_at) AS first_exposure_at, count(DISTINCT x.variant) AS variants,
                     (array_agg(x.assigned_variant ORDER BY x.batch_id DESC, x.ordinal DESC))[1] AS variant,
                     (array_agg(x.epoch ORDER BY x.batch_id DESC, x.ordinal DESC))[1] AS epoch,
                     count(*) FILTER (WHERE x.late) AS late
              FROM touched t JOIN exposures x ON x.experiment_id = t.experiment_id AND x.unit_id = t.unit_id
              WHERE x.quarantine_reason IS NULL AND {NotSuperseded} {Known("x", asOf)}
              GROUP BY x.experiment_id, x.unit_id) f
        """;

    /// <summary>Units with quarantined exposures, by reason and by the variant of the row, or the one named where there is no row.</summary>
    public static string Exclusions(bool asOf) =>
        $"""
        INSERT INTO new_exclusions (experiment_id, unit_id, reason, variant)
        SELECT x.experiment_id, x.unit_id, x.quarantine_reason,
               (array_agg(coalesce(x.assigned_variant, x.variant) ORDER BY x.batch_id DESC, x.ordinal DESC))[1]
        FROM touched t JOIN exposures x ON x.experiment_id = t.experiment_id AND x.unit_id = t.unit_id
        WHERE x.quarantine_reason IN ('variant_mismatch', 'override', 'not_assigned', 'bot') AND {NotSuperseded} {Known("x", asOf)}
        GROUP BY x.experiment_id, x.unit_id, x.quarantine_reason
        """;

    /// <summary>
    /// A bot leaves the analysis whole, whatever else was counted of it, and is counted once: with the units where it is one of them, else
    /// with those that have quarantined exposures alone.
    /// </summary>
    public const string Bots =
        """
        WITH gone AS (
            UPDATE new_units u SET excluded_reason = 'bot' FROM new_exclusions x
            WHERE x.reason = 'bot' AND x.experiment_id = u.experiment_id AND x.unit_id = u.unit_id
            RETURNING u.experiment_id, u.unit_id)
        DELETE FROM new_exclusions x USING gone g WHERE x.reason = 'bot' AND x.experiment_id = g.experiment_id AND x.unit_id = g.unit_id
        """;

    /// <summary>
    /// The end of the look-back: nothing that happened after the assignment, after the first claim in the group or after the first exposure
    /// may enter a covariate, because the variant may have moved it. The first of each is asked for, so that what follows later, a rebucket
    /// for instance, does not reach back.
    /// </summary>
    public const string LookbackEnds =
        $"""
        UPDATE new_units u SET lookback_ends_at = {LookbackEnd}
        FROM (SELECT DISTINCT m.experiment_id, e.group_id
              FROM attached m JOIN experiments e ON e.experiment_id = m.experiment_id WHERE m.lookback IS NOT NULL) x
        WHERE u.experiment_id = x.experiment_id
        """;

    /// <summary>
    /// Events that fall into a metric's window: at or after its begin, before its end and before the unit's end. The amount is what the
    /// event adds, null where it is ignored.
    /// </summary>
    public static string Hits(bool asOf) =>
        $"""
        INSERT INTO hits (experiment_id, metric_id, part, unit_id, batch_id, ordinal, late, amount, is_null)
        SELECT experiment_id, metric_id, part, unit_id, batch_id, ordinal, late, {Amount}, {IsNull}
        FROM (SELECT u.experiment_id, m.metric_id, m.part, u.unit_id, e.batch_id, e.ordinal, e.late, {Read("m.type", "m.path")}
              FROM new_units u
              JOIN attached m ON m.experiment_id = u.experiment_id AND m.part < 2
              JOIN events e ON e.unit_id = u.unit_id AND e.name = m.event AND e.occurred_at >= u.first_exposure_at
                   AND (m.window_start IS NULL OR e.occurred_at >= u.first_exposure_at + m.window_start)
                   AND (m.time_window IS NULL OR e.occurred_at < u.first_exposure_at + m.time_window)
                   AND e.occurred_at < u.ends_at
              WHERE u.excluded_reason IS NULL
                -- No event is received long before it happens, so older partitions hold none of these.
                AND e.received_at >= (SELECT min(first_exposure_at) FROM new_units) - interval '1 day' {Known("e", asOf)}) matched
        """;

    /// <summary>
    /// The same metric's events in the look-back. What is ignored or missing there adds nothing. A unit with any event at all there has a
    /// history; one without has none that could be compared, which is another thing than a covariate of 0.
    /// </summary>
    public static string CovariateHits(bool asOf) =>
        $"""
        INSERT INTO hits (experiment_id, metric_id, part, unit_id, amount, is_null)
        SELECT experiment_id, metric_id, part, unit_id, {Amount}, false
        FROM (SELECT u.experiment_id, m.metric_id, m.part, u.unit_id, {Read("m.type", "m.path")}
              FROM new_units u
              JOIN attached m ON m.experiment_id = u.experiment_id AND m.part IN (2, 3)
              JOIN events e ON e.unit_id = u.unit_id AND e.name = m.event AND {InLookback("e", asOf)}
              WHERE u.excluded_reason IS NULL) matched
        UNION ALL
        SELECT u.experiment_id, m.metric_id, 4, u.unit_id, 1, false
        FROM new_units u
        JOIN attached m ON m.experiment_id = u.experiment_id AND m.part = 2
        WHERE u.excluded_reason IS NULL AND EXISTS (SELECT FROM events e WHERE e.unit_id = u.unit_id AND {InLookback("e", asOf)})
        """;

    /// <summary>Values other than 0 of plain metrics. One explicit null makes the value missing; a cap bounds it from above.</summary>
    public const string Values =
        """
        INSERT INTO new_values (experiment_id, metric_id, unit_id, value)
        SELECT experiment_id, metric_id, unit_id, value
        FROM (SELECT h.experiment_id, h.metric_id, h.unit_id, bool_or(h.is_null) AS missing,
                     CASE WHEN NOT bool_or(h.is_null) THEN
                         least(CASE WHEN m.type = 'conversion' THEN max(h.amount) ELSE sum(h.amount) END, m.cap) END AS value
              FROM hits h JOIN attached m ON m.experiment_id = h.experiment_id AND m.metric_id = h.metric_id AND m.part = h.part
              WHERE m.is_plain AND (h.is_null OR h.amount IS NOT NULL)
              GROUP BY h.experiment_id, h.metric_id, h.unit_id, m.type, m.cap) computed
        WHERE missing OR value <> 0
        """;

    /// <summary>
    /// The same of metrics with more parts than the value, which is bounded, and whose covariate is, by the same cap. A unit has a row when
    /// any of its numbers is other than 0; a null in numerator or denominator makes it missing.
    /// </summary>
    public const string PartValues =
        """
        INSERT INTO new_values (experiment_id, metric_id, unit_id, value, denominator, history, covariate, covariate_denominator)
        SELECT experiment_id, metric_id, unit_id, CASE WHEN NOT missing THEN value END, CASE WHEN NOT missing THEN denominator END,
               CASE WHEN NOT missing THEN history END, CASE WHEN NOT missing THEN covariate END,
               CASE WHEN NOT missing THEN covariate_denominator END
        FROM (SELECT experiment_id, metric_id, unit_id, bool_or(missing) AS missing,
                     coalesce(max(amount) FILTER (WHERE part = 0), 0) AS value,
                     coalesce(max(amount) FILTER (WHERE part = 1), 0) AS denominator,
                     coalesce(max(amount) FILTER (WHERE part = 2), 0) AS covariate,
                     coalesce(max(amount) FILTER (WHERE part = 3), 0) AS covariate_denominator,
                     coalesce(max(amount) FILTER (WHERE part = 4), 0) AS history
              FROM (SELECT h.experiment_id, h.metric_id, h.part, h.unit_id, bool_or(h.is_null) AS missing,
                           least(CASE WHEN m.type = 'conversion' OR h.part = 4 THEN max(h.amount) ELSE sum(h.amount) END,
                                 CASE WHEN h.part <> 4 THEN m.cap END) AS amount
                    FROM hits h JOIN attached m ON m.experiment_id = h.experiment_id AND m.metric_id = h.metric_id
                         AND m.part = CASE WHEN h.part = 4 THEN 2 ELSE h.part END
                    WHERE NOT m.is_plain AND (h.is_null OR h.amount IS NOT NULL)
                    GROUP BY h.experiment_id, h.metric_id, h.part, h.unit_id, m.type, m.cap) parts
              GROUP BY experiment_id, metric_id, unit_id) computed
        WHERE missing OR value <> 0 OR denominator <> 0 OR history <> 0
        """;

    /// <summary>Adds the late events of each unit to its late exposures; an event counts once, however many metrics it concerns.</summary>
    public const string LateEvents =
        """
        UPDATE new_units u SET late = u.late + l.events
        FROM (SELECT experiment_id, unit_id, count(DISTINCT (batch_id, ordinal)) AS events FROM hits
              WHERE late AND part < 2
              GROUP BY experiment_id, unit_id) l
        WHERE u.experiment_id = l.experiment_id AND u.unit_id = l.unit_id
        """;

    /// <summary>Of a unit <c>u</c> in an experiment <c>x</c>.</summary>
    internal const string LookbackEnd =
        """
        least(
            u.first_exposure_at,
            (SELECT min(a.assigned_at) FROM assignments a WHERE a.experiment_id = u.experiment_id AND a.unit_id = u.unit_id),
            (SELECT min(h.assigned_at) FROM assignment_history h WHERE h.experiment_id = u.experiment_id AND h.unit_id = u.unit_id),
            (SELECT min(c.claimed_at) FROM mutex_claims c WHERE c.group_id = x.group_id AND c.unit_id = u.unit_id),
            (SELECT min(c.claimed_at) FROM mutex_claim_history c WHERE c.group_id = x.group_id AND c.unit_id = u.unit_id))
        """;

    /// <summary>The numbered aggregation that took a rebucket into account decides, not the clock.</summary>
    internal const string NotSuperseded = "(x.superseded_aggregation IS NULL OR x.superseded_aggregation > $1)";

    /// <summary>Of what <see cref="Read"/> gives: what the event adds; null where it is ignored.</summary>
    internal const string Amount =
        """
        CASE WHEN is_event THEN 1
             WHEN type = 'conversion' THEN
                 CASE jsonb_typeof(value)
                     WHEN 'boolean' THEN CASE WHEN value = 'true' THEN 1 END
                     WHEN 'number' THEN CASE WHEN value <> '0' THEN 1 END
                     WHEN 'string' THEN 1 WHEN 'object' THEN 1 WHEN 'array' THEN 1 END
             WHEN jsonb_typeof(value) = 'number' THEN value::numeric END
        """;

    /// <summary>Of what <see cref="Read"/> gives: whether the event makes its unit's value missing.</summary>
    internal const string IsNull = "jsonb_typeof(value) IS NOT DISTINCT FROM 'null'";

    /// <summary>Of an event <c>e</c>: <c>type</c>, <c>is_event</c> (there is no property to read) and <c>value</c>.</summary>
    /// <param name="type">Of the rule.</param>
    /// <param name="path">Of the property, as <c>text[]</c>; null where the event itself counts.</param>
    internal static string Read(string type, string path) =>
        $"{type} AS type, {path} IS NULL AS is_event, CASE WHEN {path} IS NOT NULL THEN e.properties #> {path} END AS value";

    private static string InLookback(string alias, bool asOf) =>
        $"""
        {alias}.occurred_at < u.lookback_ends_at AND {alias}.occurred_at >= u.lookback_ends_at - m.lookback
        AND {alias}.received_at >= (SELECT min(lookback_ends_at) FROM new_units) - (SELECT max(lookback) FROM attached) - interval '1 day'
        {Known(alias, asOf)}
        """;

    internal static string Known(string alias, bool asOf) => asOf
        ? $"AND EXISTS (SELECT FROM batch_log l WHERE l.batch_id = {alias}.batch_id AND l.aggregation <= $1)"
        : "";
}
