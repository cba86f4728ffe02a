namespace Splitstream.Storage.Metrics;

/// <summary>The columns of <c>metric_products</c>, and what a unit of <c>unit_metrics v</c> adds to each.</summary>
internal static class ProductSql
{
    /// <summary>In the order of <c>MetricProducts</c>. A number that the metric does not have is 0.</summary>
    public static readonly (string Column, string OfUnit)[] Columns =
    [
        ("denominators", "v.denominator"),
        ("denominator_squares", "v.denominator * v.denominator"),
        ("value_denominators", "v.value * v.denominator"),
        ("histories", "v.history"),
        ("value_histories", "v.value * v.history"),
        ("denominator_histories", "v.denominator * v.history"),
        ("covariates", "v.covariate"),
        ("covariate_squares", "v.covariate * v.covariate"),
        ("value_covariates", "v.value * v.covariate"),
        ("denominator_covariates", "v.denominator * v.covariate"),
        ("covariate_denominators", "v.covariate_denominator"),
        ("covariate_denominator_squares", "v.covariate_denominator * v.covariate_denominator"),
        ("covariate_covariate_denominators", "v.covariate * v.covariate_denominator"),
        ("value_covariate_denominators", "v.value * v.covariate_denominator"),
        ("denominator_covariate_denominators", "v.denominator * v.covariate_denominator"),
    ];

    /// <summary>The difference that the touched pairs make, applied to the products.</summary>
    public static readonly string ApplyDifferences =
        $"""
        INSERT INTO metric_products AS s (experiment_id, metric_id, variant, epoch, cohort_hour, ends_at, {Names("")})
        SELECT v.experiment_id, v.metric_id, v.variant, v.epoch, date_trunc('hour', v.first_exposure_at, 'UTC'), v.ends_at,
               {string.Join(", ", Columns.Select(column => $"sum(v.sign * {column.OfUnit})"))}
        FROM (SELECT o.variant, o.epoch, o.first_exposure_at, o.ends_at, v.*, -1 AS sign
              FROM touched t JOIN analysed_units o ON o.experiment_id = t.experiment_id AND o.unit_id = t.unit_id
              JOIN unit_metrics v ON v.experiment_id = o.experiment_id AND v.unit_id = o.unit_id
              WHERE v.denominator IS NOT NULL
              UNION ALL
              SELECT n.variant, n.epoch, n.first_exposure_at, n.ends_at, v.*, 1
              FROM new_units n JOIN new_values v ON v.experiment_id = n.experiment_id AND v.unit_id = n.unit_id
              WHERE v.denominator IS NOT NULL) v
        GROUP BY 1, 2, 3, 4, 5, 6
        ON CONFLICT (experiment_id, metric_id, variant, epoch, cohort_hour, ends_at)
        DO UPDATE SET {string.Join(", ", Columns.Select(column => $"{column.Column} = s.{column.Column} + excluded.{column.Column}"))}
        """;

    /// <summary>The columns' names, separated by commas.</summary>
    public static string Names(string prefix) => string.Join(", ", Columns.Select(column => prefix + column.Column));

    /// <summary>What a unit adds to each column, under the columns' names; null where the metric has none of them.</summary>
    public static string OfUnit() => string.Join(", ", Columns.Select(column => $"{column.OfUnit} AS {column.Column}"));

    /// <summary>Canonical text of the sums of all columns of <c>s</c>, then of the mature ones.</summary>
    public static string Totals() => string.Join(
        ",\n",
        Columns.Select(column => $"trim_scale(coalesce(sum(s.{column.Column}), 0))::text")
            .Concat(Columns.Select(column => $"trim_scale(coalesce(sum(s.{column.Column}) FILTER (WHERE is_mature), 0))::text")));
}
