namespace Splitstream.Storage.Metrics;

/// <summary>
/// What a look asks for the health report, over the kept state or over a recompute's session tables, which have the same columns. Rows come
/// in a fixed order, so that both give the same text.
/// </summary>
internal sealed class HealthSql
{
    /// <summary>More cohorts than these would make snapshots large and tell a reader no more.</summary>
    private const int MostCohorts = 60;

    /// <summary>$1: experiment, $2: time since which rows were received.</summary>
    public const string HasExposures =
        "SELECT EXISTS (SELECT FROM exposures WHERE experiment_id = $1 AND received_at >= $2 AND quarantine_reason IS NULL)";

    /// <summary>$1: experiment, $2: time since which rows were received, $3: names of events.</summary>
    public const string HasEvents =
        """
        SELECT EXISTS (
            SELECT FROM events e JOIN analysed_units u ON u.experiment_id = $1 AND u.unit_id = e.unit_id
            WHERE e.received_at >= $2 AND e.name = ANY($3))
        """;

    /// <summary>
    /// The units that were taken out, as if they had not been: first exposure whatever its reason, variant and epoch of the row. Units
    /// without a row have no variant to be counted under. $1: the aggregation as of which raw rows count.
    /// </summary>
    public static readonly string PlaceExcluded =
        $"""
        INSERT INTO new_units (experiment_id, unit_id, variant, epoch, first_exposure_at, ends_at, late)
        SELECT f.experiment_id, f.unit_id, f.variant, f.epoch, f.first_exposure_at,
               coalesce((SELECT min(i.ended_at) FROM interruptions i
                         WHERE i.experiment_id = f.experiment_id AND i.ended_at > f.first_exposure_at AND i.aggregation <= $1), 'infinity'),
               0
        FROM (SELECT x.experiment_id, x.unit_id, min(x.occurred_at) AS first_exposure_at,
                     (array_agg(x.assigned_variant ORDER BY x.batch_id DESC, x.ordinal DESC))[1] AS variant,
                     (array_agg(x.epoch ORDER BY x.batch_id DESC, x.ordinal DESC))[1] AS epoch
              FROM touched t JOIN exposures x ON x.experiment_id = t.experiment_id AND x.unit_id = t.unit_id
              WHERE x.assigned_variant IS NOT NULL AND x.epoch IS NOT NULL
                AND (x.quarantine_reason IS NULL OR x.quarantine_reason IN ('variant_mismatch', 'override', 'bot'))
                AND {UnitValueSql.NotSuperseded} {UnitValueSql.Known("x", asOf: true)}
              GROUP BY x.experiment_id, x.unit_id) f
        """;

    /// <summary>$1: experiment. Served by an index that holds such exposures alone.</summary>
    public const string KnowsSdk = "SELECT EXISTS (SELECT FROM exposures WHERE experiment_id = $1 AND sdk IS NOT NULL)";

    /// <summary>What a unit was when it was first exposed, which no variant can have moved. A session table, because several attributes ask.</summary>
    public const string CreateFirstExposures =
        """
        DROP TABLE IF EXISTS first_exposures;
        CREATE TEMP TABLE first_exposures (unit_id text COLLATE "C", attributes jsonb, sdk text COLLATE "C") ON COMMIT DROP
        """;

    /// <summary>$1: the aggregation as of which raw rows count, $2: experiment.</summary>
    public static readonly string FillFirstExposures =
        $"""
        INSERT INTO first_exposures
        SELECT DISTINCT ON (x.unit_id) x.unit_id, x.attributes, x.sdk FROM exposures x
        WHERE x.experiment_id = $2 AND x.quarantine_reason IS NULL AND {UnitValueSql.NotSuperseded} {UnitValueSql.Known("x", asOf: true)}
        ORDER BY x.unit_id, x.occurred_at, x.batch_id, x.ordinal
        """;

    /// <summary>A sample of the analysed units, how many of their days since first exposure are over, and what they did on each.</summary>
    public const string CreateSample =
        """
        DROP TABLE IF EXISTS sampled_units;
        DROP TABLE IF EXISTS sampled_days;
        CREATE TEMP TABLE sampled_units (experiment_id bigint, unit_id text COLLATE "C", variant text COLLATE "C", epoch integer,
            first_exposure_at timestamptz, ends_at timestamptz, days integer, lookback_ends_at timestamptz, is_returning boolean)
            ON COMMIT DROP;
        CREATE TEMP TABLE sampled_days (unit_id text COLLATE "C", day integer, value numeric) ON COMMIT DROP
        """;

    /// <summary>
    /// What each unit did on each of its days that are over: the metric without its cap. Null where the unit's value of that day is
    /// missing, no row where it is nothing. $1: the aggregation as of which raw rows count, $2: type of the rule, $3: event, $4: path.
    /// </summary>
    public static readonly string FillDays =
        $"""
        INSERT INTO sampled_days
        SELECT unit_id, day, CASE WHEN NOT bool_or(is_null) THEN CASE WHEN $2 = 'conversion' THEN max(amount) ELSE sum(amount) END END
        FROM (SELECT unit_id, day, {UnitValueSql.Amount} AS amount, {UnitValueSql.IsNull} AS is_null
              FROM (SELECT u.unit_id, floor(extract(epoch FROM e.occurred_at - u.first_exposure_at) / 86400)::integer AS day,
                           {UnitValueSql.Read("$2::text", "$4::text[]")}
                    FROM sampled_units u
                    JOIN events e ON e.unit_id = u.unit_id AND e.name = $3 AND e.occurred_at >= u.first_exposure_at
                         AND e.occurred_at < u.first_exposure_at + u.days * interval '24 hours'
                    -- No event is received long before it happens, so older partitions hold none of these.
                    WHERE e.received_at >= (SELECT min(first_exposure_at) FROM sampled_units) - interval '1 day'
                      {UnitValueSql.Known("e", asOf: true)}) matched) added
        WHERE is_null OR amount IS NOT NULL
        GROUP BY unit_id, day
        """;

    /// <summary>Units that have any day over, by day. A unit whose value of a day is missing leaves that day.</summary>
    public const string Days =
        """
        SELECT d.day, u.variant, u.epoch, count(*), trim_scale(coalesce(sum(v.value), 0))::text,
               trim_scale(coalesce(sum(v.value * v.value), 0))::text
        FROM sampled_units u CROSS JOIN LATERAL generate_series(0, u.days - 1) d (day)
        LEFT JOIN sampled_days v ON v.unit_id = u.unit_id AND v.day = d.day
        WHERE v.unit_id IS NULL OR v.value IS NOT NULL
        GROUP BY 1, 2, 3 ORDER BY 1, 3, u.variant COLLATE "C"
        """;

    /// <summary>
    /// Units whose days are all over and not missing. What they did is weighted with 2 day - (days - 1), which is whole, so that the sums
    /// stay exact: 6 / (days (days^2 - 1)) of it is the slope of the line through a unit's days. $1: days.
    /// </summary>
    public const string Slopes =
        """
        SELECT variant, epoch, count(*), trim_scale(sum(slope))::text, trim_scale(sum(slope * slope))::text
        FROM (SELECT u.variant, u.epoch, coalesce(sum((2 * v.day - ($1 - 1)) * v.value), 0) AS slope
              FROM sampled_units u LEFT JOIN sampled_days v ON v.unit_id = u.unit_id
              WHERE u.days = $1
              GROUP BY u.variant, u.epoch, u.unit_id
              HAVING count(*) FILTER (WHERE v.unit_id IS NOT NULL AND v.value IS NULL) = 0) s
        GROUP BY variant, epoch ORDER BY epoch, variant COLLATE "C"
        """;

    /// <summary>$1: experiment.</summary>
    public const string EndLookback =
        $"UPDATE sampled_units u SET lookback_ends_at = {UnitValueSql.LookbackEnd} FROM experiments x WHERE x.experiment_id = $1";

    /// <summary>$1: the aggregation as of which raw rows count, $2: look-back.</summary>
    public static readonly string MarkReturning =
        $"""
        UPDATE sampled_units s SET is_returning = true
        FROM (SELECT DISTINCT u.unit_id FROM sampled_units u
              JOIN events e ON e.unit_id = u.unit_id
                   AND e.occurred_at < u.lookback_ends_at AND e.occurred_at >= u.lookback_ends_at - $2::interval
              WHERE e.received_at >= (SELECT min(lookback_ends_at) FROM sampled_units) - $2 - interval '1 day'
                {UnitValueSql.Known("e", asOf: true)}) r
        WHERE s.unit_id = r.unit_id
        """;

    /// <summary>
    /// Whether raw rows may be gone that the sample asks for. $1: how far before first exposures, or the ends of look-backs.
    /// </summary>
    public const string SampleIsDropped =
        """
        SELECT EXISTS (SELECT FROM raw_retention WHERE dropped_before > (
            SELECT min(coalesce(lookback_ends_at, first_exposure_at)) FROM sampled_units) - $1::interval - interval '1 day')
        """;

    /// <summary>After <see cref="TouchExcluded"/>: room for the excluded units.</summary>
    public const string ClearUnits =
        "DELETE FROM new_units; DELETE FROM new_exclusions; DELETE FROM new_values; DELETE FROM hits; DELETE FROM attached";

    private readonly string _units;
    private readonly string _values;
    private readonly string _excluded;
    private readonly string _counts;
    private readonly string _sums;

    private HealthSql(string units, string values, string exclusions, string counts, string sums)
    {
        (_units, _values, _counts, _sums) = (units, values, counts, sums);
        _excluded = exclusions;
    }

    public static HealthSql Kept { get; } = new(
        "analysed_units",
        "unit_metrics",
        "unit_exclusions",
        "(SELECT * FROM unit_counts WHERE experiment_id = $1 AND (units <> 0 OR late <> 0))",
        "(SELECT * FROM metric_sums WHERE experiment_id = $1 AND metric_id = $2)");

    public static HealthSql Recomputed { get; } = new(
        "new_units",
        "new_values",
        "new_exclusions",
        $"""
        (SELECT u.variant, u.epoch, {DetailSql.Cohort} AS cohort_hour, u.ends_at, count(*) AS units, sum(u.late) AS late FROM new_units u
         WHERE u.experiment_id = $1 AND u.excluded_reason IS NULL GROUP BY 1, 2, 3, 4)
        """,
        $"""
        (SELECT u.variant, u.epoch, {DetailSql.Cohort} AS cohort_hour, u.ends_at, count(*) FILTER (WHERE v.value IS NULL) AS missing,
                coalesce(sum(v.value), 0) AS sum, coalesce(sum(v.value * v.value), 0) AS sum_squares
         FROM new_units u JOIN new_values v ON v.experiment_id = u.experiment_id AND v.unit_id = u.unit_id
         WHERE u.experiment_id = $1 AND v.metric_id = $2 AND u.excluded_reason IS NULL GROUP BY 1, 2, 3, 4)
        """);

    /// <summary>$1: experiment.</summary>
    public string CohortDays =>
        $"""
        SELECT greatest(1, ceil(extract(epoch FROM max(cohort_hour) - min({Day}) + interval '1 hour') / 86400 / {MostCohorts}))::integer, min({Day})
        FROM {_counts} c WHERE units <> 0
        """;

    /// <summary>$1: experiment, $2: a cohort's width in days, $3: begin of the first.</summary>
    public string Cohorts =>
        $"""
        SELECT {Bin}, variant, epoch, sum(units)::bigint FROM {_counts} c
        GROUP BY 1, 2, 3 HAVING sum(units) <> 0 ORDER BY 1, 3, variant COLLATE "C"
        """;

    /// <summary>$1: experiment, $2: metric, $3: a cohort's width in days, $4: begin of the first, $5: cut-off, $6: whether all are mature, $7: window.</summary>
    public string Primary =>
        $"""
        SELECT {Bin.Replace("$3", "$4").Replace("$2", "$3")}, c.variant, c.epoch, sum(c.units - coalesce(s.missing, 0))::bigint,
               trim_scale(coalesce(sum(s.sum), 0))::text, trim_scale(coalesce(sum(s.sum_squares), 0))::text
        FROM {_counts} c
        LEFT JOIN {_sums} s ON s.variant = c.variant AND s.epoch = c.epoch AND s.cohort_hour = c.cohort_hour AND s.ends_at = c.ends_at
        WHERE $6::boolean OR $7::interval IS NULL OR c.cohort_hour + interval '1 hour' + $7 <= least($5::timestamptz, c.ends_at)
        GROUP BY 1, 2, 3 HAVING sum(c.units - coalesce(s.missing, 0)) <> 0 ORDER BY 1, 3, c.variant COLLATE "C"
        """;

    /// <summary>$1: experiment.</summary>
    public string Late =>
        $"""
        SELECT variant, sum(late)::bigint FROM {_counts} c GROUP BY variant HAVING sum(late) <> 0 ORDER BY variant COLLATE "C"
        """;

    /// <summary>$1: experiment, $2: metric. Magnitude, value, epoch; of equals the greater value and then the earlier epoch.</summary>
    public string Largest =>
        $"""
        SELECT variant, (-largest[3])::integer, trim_scale(largest[2])::text
        FROM (SELECT u.variant, max(ARRAY[abs(v.value), v.value, -u.epoch::numeric]) AS largest
              FROM {_units} u JOIN {_values} v ON v.experiment_id = u.experiment_id AND v.unit_id = u.unit_id
              WHERE u.experiment_id = $1 AND v.metric_id = $2 AND u.excluded_reason IS NULL AND v.value IS NOT NULL
              GROUP BY u.variant) found
        ORDER BY variant COLLATE "C"
        """;

    /// <summary>$1: experiment, $2: metric, $3: cut-off, $4: whether all are mature, $5: window.</summary>
    public string Histories =>
        $"""
        SELECT coalesce(v.history, 0) = 1, u.variant, u.epoch, count(*), trim_scale(coalesce(sum(v.value), 0))::text,
               trim_scale(coalesce(sum(v.value * v.value), 0))::text
        FROM {_units} u
        LEFT JOIN {_values} v ON v.experiment_id = u.experiment_id AND v.unit_id = u.unit_id AND v.metric_id = $2
        WHERE u.experiment_id = $1 AND u.excluded_reason IS NULL AND (v.unit_id IS NULL OR v.value IS NOT NULL)
          AND {DetailSql.Mature(DetailSql.Cohort, "u.ends_at")}
        GROUP BY 1, 2, 3 ORDER BY 1, 3, u.variant COLLATE "C"
        """;

    /// <summary>
    /// The units with the lowest hashes, which are the same whoever asks. A day is over when it is for the last of the unit's cohort, as a
    /// window is. $1: experiment, $2: units at most, $3: cut-off, $4: days at most.
    /// </summary>
    public string FillSample =>
        $"""
        INSERT INTO sampled_units
        SELECT u.experiment_id, u.unit_id, u.variant, u.epoch, u.first_exposure_at, u.ends_at,
               greatest(0, least($4, floor(
                   extract(epoch FROM least($3::timestamptz, u.ends_at) - {DetailSql.Cohort} - interval '1 hour') / 86400)))::integer,
               NULL, false
        FROM {_units} u WHERE u.experiment_id = $1 AND u.excluded_reason IS NULL
        ORDER BY md5(u.unit_id) COLLATE "C", u.unit_id LIMIT $2
        """;

    /// <summary>$1: experiment, $2: metric, $3: cut-off, $4: whether all are mature, $5: window.</summary>
    public string SampledHistories =>
        $"""
        SELECT u.is_returning, u.variant, u.epoch, count(*), trim_scale(coalesce(sum(v.value), 0))::text,
               trim_scale(coalesce(sum(v.value * v.value), 0))::text
        FROM sampled_units u
        LEFT JOIN {_values} v ON v.experiment_id = $1 AND v.unit_id = u.unit_id AND v.metric_id = $2
        WHERE (v.unit_id IS NULL OR v.value IS NOT NULL) AND {DetailSql.Mature(DetailSql.Cohort, "u.ends_at")}
        GROUP BY 1, 2, 3 ORDER BY 1, 3, u.variant COLLATE "C"
        """;

    /// <summary>
    /// $1: experiment, $2: metric (-1 for none), $3: cut-off, $4: whether all are mature, $5: window, $6: attribute, $7: values told apart.
    /// </summary>
    public string Segments =>
        $"""
        WITH valued AS (
            SELECT u.variant, u.epoch, CASE WHEN $6 = 'sdk' THEN f.sdk ELSE f.attributes ->> $6 END COLLATE "C" AS segment, v.value,
                   $2 >= 0 AND (v.unit_id IS NULL OR v.value IS NOT NULL) AND {DetailSql.Mature(DetailSql.Cohort, "u.ends_at")} AS counts
            FROM {_units} u
            LEFT JOIN first_exposures f ON f.unit_id = u.unit_id
            LEFT JOIN {_values} v ON v.experiment_id = u.experiment_id AND v.unit_id = u.unit_id AND v.metric_id = $2
            WHERE u.experiment_id = $1 AND u.excluded_reason IS NULL),
        ranked AS (
            SELECT segment, row_number() OVER (ORDER BY count(*) DESC, segment) <= $7 AS is_top FROM valued WHERE segment IS NOT NULL
            GROUP BY segment)
        SELECT CASE WHEN r.is_top THEN r.segment END AS segment, r.is_top IS NOT DISTINCT FROM false AS is_rest, d.variant, d.epoch, count(*),
               count(*) FILTER (WHERE d.counts), trim_scale(coalesce(sum(d.value) FILTER (WHERE d.counts), 0))::text,
               trim_scale(coalesce(sum(d.value * d.value) FILTER (WHERE d.counts), 0))::text
        FROM valued d LEFT JOIN ranked r ON r.segment = d.segment
        GROUP BY 1, 2, 3, 4 ORDER BY 2, 1 NULLS LAST, 4, d.variant COLLATE "C"
        """;

    /// <summary>The units that were taken out and are not counted for another exposure. $1: experiment.</summary>
    public string TouchExcluded =>
        $"""
        WITH gone AS (DELETE FROM touched)
        INSERT INTO touched
        SELECT experiment_id, unit_id FROM {_units} WHERE experiment_id = $1 AND excluded_reason IS NOT NULL
        UNION
        SELECT x.experiment_id, x.unit_id FROM {_excluded} x
        WHERE x.experiment_id = $1 AND NOT EXISTS (
            SELECT FROM {_units} u WHERE u.experiment_id = x.experiment_id AND u.unit_id = x.unit_id AND u.excluded_reason IS NULL)
        """;

    private const string Day = "date_trunc('day', cohort_hour, 'UTC')";

    private const string Bin = "date_bin($2 * interval '1 day', c.cohort_hour, $3)";
}
