namespace Splitstream.Storage.Metrics;

/// <summary>
/// Fills <c>attached</c>: for every experiment and metric one row per part that has events of its own. A metric whose value is all there is
/// (<c>is_plain</c>) has one row, and costs what it did before there were others. Parts: 0 value, 1 denominator, 2 covariate, 3 its
/// denominator; 4, the history, has no events of its own.
/// </summary>
internal static class AttachSql
{
    /// <summary>All metrics of all started experiments.</summary>
    public static readonly string All =
        $"""
        {Insert}
        FROM (SELECT em.experiment_id, r.metric_id, r.type, r.event, r.path, r.window_start, r.time_window, r.cap, r.denominator_event,
                     r.denominator_path, CASE WHEN em.has_covariate THEN r.lookback END AS lookback
              FROM experiment_metrics em JOIN metric_rules r ON r.metric_id = em.metric_id) m
        {Parts}
        """;

    /// <summary>$1: experiment, $2: metric, then <see cref="Values"/>.</summary>
    public static readonly string One =
        $"""
        {Insert}
        FROM (SELECT $1::bigint AS experiment_id, $2::bigint AS metric_id, $3::text AS type, $4::text AS event, $5::text[] AS path,
                     $6::interval AS window_start, $7::interval AS time_window, $8::text::numeric AS cap, $9::text AS denominator_event,
                     $10::text[] AS denominator_path, $11::interval AS lookback) m
        {Parts}
        """;

    private const string Insert =
        """
        INSERT INTO attached (experiment_id, metric_id, part, type, event, path, window_start, time_window, cap, lookback, is_plain)
        SELECT m.experiment_id, m.metric_id, p.part, m.type, p.event, p.path, m.window_start, m.time_window, m.cap, m.lookback,
               m.denominator_event IS NULL AND m.lookback IS NULL
        """;

    private const string Parts =
        """
        CROSS JOIN LATERAL (VALUES
            (0, m.event, m.path),
            (1, m.denominator_event, m.denominator_path),
            (2, CASE WHEN m.lookback IS NOT NULL THEN m.event END, m.path),
            (3, CASE WHEN m.lookback IS NOT NULL THEN m.denominator_event END, m.denominator_path)) p (part, event, path)
        WHERE p.event IS NOT NULL
        """;

    /// <summary>A rule as the values of parameters.</summary>
    public static object[] Values(MetricRule rule) =>
    [
        rule.Type, rule.Event, OrNull(rule.Path), OrNull(rule.Start), OrNull(rule.Window), OrNull(rule.Cap), OrNull(rule.DenominatorEvent),
        OrNull(rule.DenominatorPath), OrNull(rule.Lookback),
    ];

    private static object OrNull(object? value) => value ?? DBNull.Value;
}
