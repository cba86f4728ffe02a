namespace Splitstream.Storage.Metrics;

/// <summary>What <see cref="MetricSums"/> asks: the kept sums, and the same shapes over a recompute's session tables.</summary>
internal static class MetricSumsSql
{
    public const string LastAggregation = "SELECT coalesce(max(aggregation), 0) FROM aggregations";

    public const string WaitingRequests = "SELECT count(*) FROM recompute_requests WHERE experiment_id = $1";

    public const string DroppedSince = "SELECT count(*) FROM raw_retention WHERE dropped_before > $1";

    /// <summary>$1: experiment.</summary>
    public const string Units =
        """
        SELECT variant, epoch, sum(assigned)::bigint, sum(analysed)::bigint
        FROM (
            SELECT variant, epoch, count(*) AS assigned, 0 AS analysed FROM assignments WHERE experiment_id = $1 GROUP BY variant, epoch
            UNION ALL
            SELECT variant, epoch, 0, sum(units) FROM unit_counts WHERE experiment_id = $1 GROUP BY variant, epoch) counts
        GROUP BY variant, epoch HAVING sum(assigned) <> 0 OR sum(analysed) <> 0
        ORDER BY epoch, variant COLLATE "C"
        """;

    /// <summary>$1: experiment, $2: metric keys, $3: cut-off, $4: whether all are mature.</summary>
    public const string Metrics =
        $"""
        SELECT k.n - 1, c.variant, c.epoch, {Sums}
        FROM unit_counts c
        CROSS JOIN unnest($2::text[]) WITH ORDINALITY AS k (key, n)
        JOIN metrics d ON d.key = k.key
        JOIN metric_rules m ON m.metric_id = d.metric_id
        LEFT JOIN metric_sums s ON s.experiment_id = c.experiment_id AND s.metric_id = m.metric_id AND s.variant = c.variant
            AND s.epoch = c.epoch AND s.cohort_hour = c.cohort_hour AND s.ends_at = c.ends_at
        CROSS JOIN LATERAL (SELECT m.time_window IS NULL OR $4 OR c.cohort_hour + interval '1 hour' + m.time_window <= least($3, c.ends_at)
                            AS is_mature) maturity
        WHERE c.experiment_id = $1
        GROUP BY k.n, c.variant, c.epoch HAVING sum(c.units) <> 0
        ORDER BY k.n, c.epoch, c.variant COLLATE "C"
        """;

    /// <summary>$1: experiment.</summary>
    public const string Exclusions =
        """
        SELECT reason, variant, units FROM exclusion_counts WHERE experiment_id = $1 AND units <> 0
        ORDER BY reason COLLATE "C", variant COLLATE "C"
        """;

    /// <summary>$1: experiment.</summary>
    public const string Late = "SELECT coalesce(sum(late), 0)::bigint FROM unit_counts WHERE experiment_id = $1";

    /// <summary>$1: experiment.</summary>
    public const string TouchAll =
        "INSERT INTO touched SELECT DISTINCT experiment_id, unit_id FROM exposures WHERE experiment_id = $1";

    /// <summary>$1: experiment, $2: time as of which rows count.</summary>
    public const string RecomputedUnits =
        """
        SELECT variant, epoch, sum(assigned)::bigint, sum(analysed)::bigint
        FROM (
            SELECT variant, epoch, count(*) AS assigned, 0 AS analysed FROM assignments
            WHERE experiment_id = $1 AND assigned_at <= $2 GROUP BY variant, epoch
            UNION ALL
            SELECT variant, epoch, count(*), 0 FROM assignment_history
            WHERE experiment_id = $1 AND assigned_at <= $2 AND ended_at > $2 GROUP BY variant, epoch
            UNION ALL
            SELECT variant, epoch, 0, count(*) FROM new_units WHERE excluded_reason IS NULL GROUP BY variant, epoch) counts
        GROUP BY variant, epoch
        ORDER BY epoch, variant COLLATE "C"
        """;

    /// <summary>$1: cut-off, $2: whether all are mature. The metric's id is its place among those asked for.</summary>
    public const string RecomputedMetrics =
        $"""
        SELECT m.metric_id, c.variant, c.epoch, {Sums}
        FROM (SELECT *, 1 AS units, date_trunc('hour', first_exposure_at, 'UTC') AS cohort_hour FROM new_units
              WHERE excluded_reason IS NULL) c
        JOIN attached m ON m.part = 0
        LEFT JOIN (SELECT experiment_id, metric_id, unit_id, (value IS NULL)::int AS missing, coalesce(value, 0) AS sum,
                          coalesce(value * value, 0) AS sum_squares FROM new_values) s
            ON s.experiment_id = c.experiment_id AND s.metric_id = m.metric_id AND s.unit_id = c.unit_id
        CROSS JOIN LATERAL (SELECT m.time_window IS NULL OR $2 OR c.cohort_hour + interval '1 hour' + m.time_window <= least($1, c.ends_at)
                            AS is_mature) maturity
        GROUP BY m.metric_id, c.variant, c.epoch
        ORDER BY m.metric_id, c.epoch, c.variant COLLATE "C"
        """;

    public const string RecomputedExclusions =
        """
        SELECT reason, variant, count(*) FROM (
            SELECT excluded_reason AS reason, variant FROM new_units WHERE excluded_reason IS NOT NULL
            UNION ALL
            SELECT reason, variant FROM new_exclusions) excluded
        GROUP BY reason, variant ORDER BY reason COLLATE "C", variant COLLATE "C"
        """;

    public const string RecomputedLate = "SELECT coalesce(sum(late), 0)::bigint FROM new_units WHERE excluded_reason IS NULL";

    /// <summary>Units, missing, sum and squares of all, then of the mature ones; numbers as canonical text without trailing zeros.</summary>
    private const string Sums =
        """
        sum(c.units - coalesce(s.missing, 0))::bigint,
        coalesce(sum(s.missing), 0)::bigint,
        trim_scale(coalesce(sum(s.sum), 0))::text,
        trim_scale(coalesce(sum(s.sum_squares), 0))::text,
        coalesce(sum(c.units - coalesce(s.missing, 0)) FILTER (WHERE is_mature), 0)::bigint,
        coalesce(sum(s.missing) FILTER (WHERE is_mature), 0)::bigint,
        trim_scale(coalesce(sum(s.sum) FILTER (WHERE is_mature), 0))::text,
        trim_scale(coalesce(sum(s.sum_squares) FILTER (WHERE is_mature), 0))::text
        """;
}
