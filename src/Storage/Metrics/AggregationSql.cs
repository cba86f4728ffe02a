namespace Splitstream.Storage.Metrics;

/// <summary>The statements of one aggregation around <see cref="UnitValueSql"/>.</summary>
internal static class AggregationSql
{
    /// <summary>
    /// Takes the turn. Needs no snapshot, so that the snapshot is taken after the previous aggregation was committed. A process that is
    /// frozen while it has the turn loses it after a minute.
    /// </summary>
    public const string TakeTurn =
        "SET LOCAL idle_in_transaction_session_timeout = '60s'; LOCK TABLE aggregator_turn IN EXCLUSIVE MODE";

    /// <summary>Consumes every batch that the snapshot sees and adds its counts to the ledger. $1: this aggregation.</summary>
    public const string ConsumeBatches =
        """
        WITH taken AS (DELETE FROM batches RETURNING *),
        logged AS (INSERT INTO batch_log (batch_id, received_at, aggregation) SELECT batch_id, last_received_at, $1 FROM taken),
        booked AS (
            UPDATE ingest_ledger l SET received = l.received + c.received, counted = l.counted + c.counted,
                duplicate = l.duplicate + c.duplicate, quarantined = l.quarantined + c.quarantined, rejected = l.rejected + c.rejected,
                dead = l.dead + c.dead, late = l.late + c.late
            FROM (
                SELECT 0 AS kind, sum(exposure_received) AS received, sum(exposure_counted) AS counted, sum(exposure_duplicate) AS duplicate,
                       sum(exposure_quarantined) AS quarantined, sum(exposure_rejected) AS rejected, sum(exposure_dead) AS dead,
                       sum(exposure_late) AS late FROM taken HAVING count(*) > 0
                UNION ALL
                SELECT 1, sum(event_received), sum(event_counted), sum(event_duplicate), sum(event_quarantined), sum(event_rejected),
                       sum(event_dead), sum(event_late) FROM taken HAVING count(*) > 0) c
            WHERE l.kind = c.kind)
        INSERT INTO consumed SELECT batch_id, first_received_at, last_received_at FROM taken
        """;

    /// <summary>Consumes the requests. Marks rebuckets and the exposures that they superseded. $1: this aggregation.</summary>
    public const string ConsumeRequests =
        """
        WITH taken AS (DELETE FROM recompute_requests RETURNING experiment_id, unit_id),
        wanted AS (
            SELECT experiment_id, unit_id FROM taken WHERE unit_id IS NOT NULL
            UNION
            SELECT x.experiment_id, x.unit_id FROM (SELECT DISTINCT experiment_id FROM taken WHERE unit_id IS NULL) t
            JOIN exposures x ON x.experiment_id = t.experiment_id),
        marked AS (
            INSERT INTO rebucketed_units (experiment_id, unit_id, aggregation)
            SELECT DISTINCT h.experiment_id, h.unit_id, $1 FROM wanted w
            JOIN assignment_history h ON h.experiment_id = w.experiment_id AND h.unit_id = w.unit_id
            ON CONFLICT DO NOTHING),
        superseded AS (
            UPDATE exposures x SET superseded_aggregation = $1 FROM wanted w
            WHERE x.experiment_id = w.experiment_id AND x.unit_id = w.unit_id
              AND x.superseded_at IS NOT NULL AND x.superseded_aggregation IS NULL)
        INSERT INTO touched SELECT experiment_id, unit_id FROM wanted
        """;

    /// <summary>Pairs with a new exposure, and pairs whose value a new event may change: one inside what the unit's state says.</summary>
    public const string TouchByBatches =
        """
        INSERT INTO touched
        SELECT x.experiment_id, x.unit_id FROM consumed c JOIN exposures x ON x.batch_id = c.batch_id
        WHERE x.experiment_id IS NOT NULL
          AND x.received_at BETWEEN (SELECT min(first_received_at) FROM consumed) AND (SELECT max(last_received_at) FROM consumed)
        UNION
        SELECT u.experiment_id, u.unit_id FROM consumed c
        JOIN events e ON e.batch_id = c.batch_id
        JOIN analysed_units u ON u.unit_id = e.unit_id
        JOIN attached m ON m.experiment_id = u.experiment_id AND m.event = e.name AND m.part < 2
        WHERE e.received_at BETWEEN (SELECT min(first_received_at) FROM consumed) AND (SELECT max(last_received_at) FROM consumed)
          AND u.excluded_reason IS NULL AND e.occurred_at >= u.first_exposure_at AND e.occurred_at < u.ends_at
          AND (m.window_start IS NULL OR e.occurred_at >= u.first_exposure_at + m.window_start)
          AND (m.time_window IS NULL OR e.occurred_at < u.first_exposure_at + m.time_window)
        """;

    /// <summary>Pairs whose look-back a new event falls into, whatever its name: it gives the unit a history.</summary>
    public const string TouchByHistory =
        """
        INSERT INTO touched
        SELECT u.experiment_id, u.unit_id FROM consumed c
        JOIN events e ON e.batch_id = c.batch_id
        JOIN analysed_units u ON u.unit_id = e.unit_id
        JOIN (SELECT experiment_id, max(lookback) AS lookback FROM attached GROUP BY experiment_id) m ON m.experiment_id = u.experiment_id
        WHERE e.received_at BETWEEN (SELECT min(first_received_at) FROM consumed) AND (SELECT max(last_received_at) FROM consumed)
          AND u.excluded_reason IS NULL AND e.occurred_at < u.lookback_ends_at AND e.occurred_at >= u.lookback_ends_at - m.lookback
        """;

    /// <summary>Leaves each pair once, and none whose raw rows may be gone: such sums stay as they are.</summary>
    public const string TidyTouched =
        """
        WITH every AS (DELETE FROM touched RETURNING experiment_id, unit_id)
        INSERT INTO touched
        SELECT DISTINCT t.experiment_id, t.unit_id FROM every t JOIN experiments e ON e.experiment_id = t.experiment_id
        WHERE e.created_at >= coalesce((SELECT dropped_before FROM raw_retention), '-infinity')
        """;

    /// <summary>
    /// Whether any metric, attached or not any more, has products to keep: those of one that was taken away must go with its values.
    /// </summary>
    public const string KeepsProducts =
        "SELECT EXISTS (SELECT FROM metric_rules WHERE denominator_event IS NOT NULL OR lookback IS NOT NULL)";

    public const string Analyze = "ANALYZE consumed; ANALYZE attached";

    /// <summary>The difference that the touched pairs make, applied to the sums.</summary>
    public static readonly string[] ApplyDifferences =
    [
        """
        INSERT INTO unit_counts AS c (experiment_id, variant, epoch, cohort_hour, ends_at, units, late)
        SELECT experiment_id, variant, epoch, date_trunc('hour', first_exposure_at, 'UTC'), ends_at, sum(sign), sum(sign * late)
        FROM (
            SELECT o.experiment_id, o.variant, o.epoch, o.first_exposure_at, o.ends_at, o.late, -1 AS sign
            FROM touched t JOIN analysed_units o ON o.experiment_id = t.experiment_id AND o.unit_id = t.unit_id
            WHERE o.excluded_reason IS NULL
            UNION ALL
            SELECT n.experiment_id, n.variant, n.epoch, n.first_exposure_at, n.ends_at, n.late, 1 FROM new_units n
            WHERE n.excluded_reason IS NULL) d
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(sign) <> 0 OR sum(sign * late) <> 0
        ON CONFLICT (experiment_id, variant, epoch, cohort_hour, ends_at)
        DO UPDATE SET units = c.units + excluded.units, late = c.late + excluded.late
        """,
        """
        INSERT INTO metric_sums AS s (experiment_id, metric_id, variant, epoch, cohort_hour, ends_at, missing, sum, sum_squares)
        SELECT experiment_id, metric_id, variant, epoch, date_trunc('hour', first_exposure_at, 'UTC'), ends_at,
               sum(CASE WHEN value IS NULL THEN sign ELSE 0 END), coalesce(sum(sign * value), 0), coalesce(sum(sign * value * value), 0)
        FROM (
            SELECT o.experiment_id, v.metric_id, o.variant, o.epoch, o.first_exposure_at, o.ends_at, v.value, -1 AS sign
            FROM touched t JOIN analysed_units o ON o.experiment_id = t.experiment_id AND o.unit_id = t.unit_id
            JOIN unit_metrics v ON v.experiment_id = o.experiment_id AND v.unit_id = o.unit_id
            UNION ALL
            SELECT n.experiment_id, v.metric_id, n.variant, n.epoch, n.first_exposure_at, n.ends_at, v.value, 1
            FROM new_units n JOIN new_values v ON v.experiment_id = n.experiment_id AND v.unit_id = n.unit_id) d
        GROUP BY 1, 2, 3, 4, 5, 6
        HAVING sum(CASE WHEN value IS NULL THEN sign ELSE 0 END) <> 0 OR sum(sign * value) <> 0 OR sum(sign * value * value) <> 0
        ON CONFLICT (experiment_id, metric_id, variant, epoch, cohort_hour, ends_at)
        DO UPDATE SET missing = s.missing + excluded.missing, sum = s.sum + excluded.sum, sum_squares = s.sum_squares + excluded.sum_squares
        """,
        """
        INSERT INTO exclusion_counts AS c (experiment_id, reason, variant, units)
        SELECT experiment_id, reason, variant, sum(sign)
        FROM (
            SELECT o.experiment_id, o.excluded_reason AS reason, o.variant, -1 AS sign
            FROM touched t JOIN analysed_units o ON o.experiment_id = t.experiment_id AND o.unit_id = t.unit_id
            WHERE o.excluded_reason IS NOT NULL
            UNION ALL
            SELECT experiment_id, excluded_reason, variant, 1 FROM new_units WHERE excluded_reason IS NOT NULL
            UNION ALL
            SELECT o.experiment_id, o.reason, o.variant, -1
            FROM touched t JOIN unit_exclusions o ON o.experiment_id = t.experiment_id AND o.unit_id = t.unit_id
            UNION ALL
            SELECT experiment_id, reason, variant, 1 FROM new_exclusions) d
        GROUP BY 1, 2, 3 HAVING sum(sign) <> 0
        ON CONFLICT (experiment_id, reason, variant) DO UPDATE SET units = c.units + excluded.units
        """,
    ];

    /// <summary>The new state of the touched pairs in place of the old; rows that stay the same are not written.</summary>
    public static readonly string[] ReplaceState =
    [
        """
        DELETE FROM unit_metrics v USING touched t WHERE v.experiment_id = t.experiment_id AND v.unit_id = t.unit_id
          AND NOT EXISTS (SELECT FROM new_values n
                          WHERE n.experiment_id = v.experiment_id AND n.unit_id = v.unit_id AND n.metric_id = v.metric_id)
        """,
        """
        INSERT INTO unit_metrics AS v (experiment_id, metric_id, unit_id, value, denominator, history, covariate, covariate_denominator)
        SELECT experiment_id, metric_id, unit_id, value, denominator, history, covariate, covariate_denominator FROM new_values
        ON CONFLICT (experiment_id, unit_id, metric_id) DO UPDATE SET value = excluded.value, denominator = excluded.denominator,
            history = excluded.history, covariate = excluded.covariate, covariate_denominator = excluded.covariate_denominator
        WHERE (v.value, v.denominator, v.history, v.covariate, v.covariate_denominator)
            IS DISTINCT FROM (excluded.value, excluded.denominator, excluded.history, excluded.covariate, excluded.covariate_denominator)
        """,
        """
        DELETE FROM analysed_units u USING touched t WHERE u.experiment_id = t.experiment_id AND u.unit_id = t.unit_id
          AND NOT EXISTS (SELECT FROM new_units n WHERE n.experiment_id = u.experiment_id AND n.unit_id = u.unit_id)
        """,
        """
        INSERT INTO analysed_units AS u (experiment_id, unit_id, variant, epoch, first_exposure_at, ends_at, excluded_reason, late,
            lookback_ends_at)
        SELECT experiment_id, unit_id, variant, epoch, first_exposure_at, ends_at, excluded_reason, late, lookback_ends_at FROM new_units
        ON CONFLICT (experiment_id, unit_id) DO UPDATE SET variant = excluded.variant, epoch = excluded.epoch,
            first_exposure_at = excluded.first_exposure_at, ends_at = excluded.ends_at, excluded_reason = excluded.excluded_reason,
            late = excluded.late, lookback_ends_at = excluded.lookback_ends_at
        WHERE (u.variant, u.epoch, u.first_exposure_at, u.ends_at, u.excluded_reason, u.late, u.lookback_ends_at)
            IS DISTINCT FROM (excluded.variant, excluded.epoch, excluded.first_exposure_at, excluded.ends_at, excluded.excluded_reason,
                              excluded.late, excluded.lookback_ends_at)
        """,
        """
        DELETE FROM unit_exclusions u USING touched t WHERE u.experiment_id = t.experiment_id AND u.unit_id = t.unit_id
        """,
        """
        INSERT INTO unit_exclusions SELECT * FROM new_exclusions
        """,
    ];
}
