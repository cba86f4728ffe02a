using System.Collections.Immutable;
using Npgsql;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Metrics;

/// <summary>Adds to the sums what ratios, covariates, relative caps and quantiles need. Asks nothing for metrics that need nothing.</summary>
/// <param name="IsKept">True for the kept state, false for a recompute's session tables.</param>
/// <param name="Aggregation">As of which raw rows count.</param>
/// <param name="IsExternal">Assigned elsewhere: all units are mature, and there are no covariates.</param>
internal sealed record MetricDetails(
    NpgsqlConnection Open, bool IsKept, long ExperimentId, long Aggregation, DateTimeOffset Cutoff, bool IsExternal)
{
    /// <summary>Values of all units, or all their events, are put in order: more than a read of sums takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static readonly int Products = ProductSql.Columns.Length;

    private static readonly MetricProducts NoProducts =
        new("0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0");

    public async Task<ImmutableArray<MetricSum>> AddAsync(
        ImmutableArray<MetricSum> sums, IReadOnlyList<MetricDefinition> metrics, CancellationToken cancellation)
    {
        for (var place = 0; place < metrics.Count; place++)
        {
            var metric = metrics[place];
            var isAdjusted = metric is { HasCovariate: true, LookbackDays: > 0 } && !IsExternal;
            if (metric.Type != MetricType.Quantile && metric.Type != MetricType.Ratio && !isAdjusted && !metric.HasRelativeCap
                || !MetricRule.TryCreate(metric, out var rule, out _))
            {
                continue;
            }

            var id = IsKept ? await IdAsync(metric.Key, cancellation) : place;
            if (metric.Type == MetricType.Ratio || isAdjusted)
            {
                sums = await AddProductsAsync(sums, metric, id, rule!, cancellation);
            }

            if (metric.HasRelativeCap)
            {
                sums = await AddCappedAsync(sums, metric, id, rule!, isAdjusted, cancellation);
            }

            if (metric.Type == MetricType.Quantile)
            {
                sums = await AddQuantilesAsync(sums, metric, id, rule!, cancellation);
            }
        }

        return sums;
    }

    private async Task<long> IdAsync(string key, CancellationToken cancellation) =>
        (await Open.QueryAsync("SELECT metric_id FROM metrics WHERE key = $1", row => row.GetInt64(0), cancellation, key)).Single();

    private async Task<ImmutableArray<MetricSum>> AddProductsAsync(
        ImmutableArray<MetricSum> sums, MetricDefinition metric, long id, MetricRule rule, CancellationToken cancellation)
    {
        var found = (await QueryAsync(
                IsKept ? DetailSql.KeptProducts : DetailSql.RecomputedProducts,
                row => (Key: (row.GetString(0), row.GetInt32(1)), Whole: Read(row, 2), Matured: Read(row, 2 + Products)),
                cancellation,
                ExperimentId, id, Cutoff.UtcDateTime, IsExternal, rule.Window))
            .ToDictionary(row => row.Key);
        return Each(sums, metric, sum => found.TryGetValue((sum.Variant, sum.Epoch), out var row)
            ? sum with { Products = row.Whole, Matured = sum.Matured with { Products = row.Matured } }
            : sum with { Products = NoProducts, Matured = sum.Matured with { Products = NoProducts } });
    }

    private async Task<ImmutableArray<MetricSum>> AddCappedAsync(
        ImmutableArray<MetricSum> sums, MetricDefinition metric, long id, MetricRule rule, bool isAdjusted, CancellationToken cancellation)
    {
        await PlaceUnitsAsync(id, rule, cancellation);
        var found = (await QueryAsync(
                DetailSql.Capped,
                row => (
                    Key: (row.GetString(0), row.GetInt32(1)),
                    Whole: new CappedSum(row.GetString(2), row.GetString(3), row.GetString(4), isAdjusted ? Read(row, 7) : null),
                    Matured: new CappedSum(
                        row.GetString(2), row.GetString(5), row.GetString(6), isAdjusted ? Read(row, 7 + Products) : null)),
                cancellation,
                MetricRule.Exact(metric.Cap!.Value)))
            .ToDictionary(row => row.Key);
        return Each(sums, metric, sum => found.TryGetValue((sum.Variant, sum.Epoch), out var row)
            ? sum with { Capped = row.Whole, Matured = sum.Matured with { Capped = row.Matured } }
            : sum);
    }

    private async Task<ImmutableArray<MetricSum>> AddQuantilesAsync(
        ImmutableArray<MetricSum> sums, MetricDefinition metric, long id, MetricRule rule, CancellationToken cancellation)
    {
        await PlaceUnitsAsync(id, rule, cancellation);
        var found = (await QueryAsync(
                DetailSql.Quantiles,
                row => (Key: (row.GetString(0), row.GetInt32(1), row.GetBoolean(2)), Sum: ReadQuantile(row)),
                cancellation,
                MetricRule.Exact(metric.Quantile!.Value), rule.Event, rule.Path, Aggregation, rule.Window))
            .ToDictionary(row => row.Key, row => row.Sum);
        return Each(sums, metric, sum => sum with
        {
            Quantile = found.GetValueOrDefault((sum.Variant, sum.Epoch, false)),
            Matured = sum.Matured with { Quantile = found.GetValueOrDefault((sum.Variant, sum.Epoch, true)) },
        });
    }

    private async Task PlaceUnitsAsync(long id, MetricRule rule, CancellationToken cancellation)
    {
        foreach (var statement in DetailSql.Units(IsKept))
        {
            object?[] values = statement.Contains("$1", StringComparison.Ordinal)
                ? [ExperimentId, id, Cutoff.UtcDateTime, IsExternal, rule.Window]
                : [];
            await QueryAsync(statement, _ => 0, cancellation, values);
        }
    }

    private Task<List<T>> QueryAsync<T>(
        string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params object?[] values) =>
        Open.QueryAsync(Patience, sql, read, cancellation, values);

    private static ImmutableArray<MetricSum> Each(
        ImmutableArray<MetricSum> sums, MetricDefinition metric, Func<MetricSum, MetricSum> change) =>
        [.. sums.Select(sum => sum.Metric == metric.Key ? change(sum) : sum)];

    private static MetricProducts Read(NpgsqlDataReader row, int first)
    {
        var texts = Enumerable.Range(first, Products).Select(row.GetString).ToArray();
        return new MetricProducts(
            texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], texts[6], texts[7], texts[8], texts[9], texts[10], texts[11],
            texts[12], texts[13], texts[14]);
    }

    private static QuantileSum ReadQuantile(NpgsqlDataReader row)
    {
        var hasEnds = row.GetBoolean(10);
        return new QuantileSum(
            row.GetInt64(3),
            row.GetInt64(4),
            row.GetString(5),
            row.GetString(6),
            row.GetString(7),
            row.GetString(8),
            row.GetString(9),
            hasEnds ? row.GetString(11) : null,
            hasEnds ? row.GetString(12) : null);
    }
}
